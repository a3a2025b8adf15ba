//! What one channel costs. A stage's throughput is in samples of audio a second: 16 million are 1/1000 of a core.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use undertone::ear::features::ChannelFeatures;
use undertone::ear::features::pitch::{Pitch, log_odds};
use undertone::ear::frames::resample::Resampler;
use undertone::ear::frames::{FRAME_SAMPLES, Frame, RATE_HZ};
use undertone::ear::listener::Listener;
use undertone::observations::Layout;

/// Ten seconds that sound like speech to every stage: a gliding voice in syllables over a hiss.
fn sound(rate_hz: u32) -> Vec<f32> {
    let mut noise = 1_u32;
    (0..rate_hz * 10)
        .map(|i| {
            let t = i as f32 / rate_hz as f32;
            let loud = if t % 1.3 < 0.8 { 0.05 * (1.2 + (25.0 * t).sin()) } else { 0.0 };
            let f0_hz = 140.0 + 10.0 * (2.0 * t).sin();
            let voice: f32 = (1..8).map(|h| (std::f32::consts::TAU * f0_hz * h as f32 * t).sin()).sum();
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            loud * voice + 0.002 * ((noise >> 8) as f32 / (1 << 24) as f32 - 0.5)
        })
        .collect()
}

fn frames(sound: &[f32]) -> Vec<Frame> {
    sound
        .chunks_exact(FRAME_SAMPLES)
        .map(|samples| {
            let mut frame = Frame::silent();
            frame.samples.copy_from_slice(samples);
            frame
        })
        .collect()
}

fn stages(c: &mut Criterion) {
    let sound = sound(RATE_HZ);
    let frames = frames(&sound);
    let mut group = c.benchmark_group("stage");
    group.throughput(Throughput::Elements(sound.len() as u64)).sample_size(20);

    let mut detector = earshot::Detector::default();
    group.bench_function("learnt speech detector", |b| {
        b.iter(|| sound.chunks_exact(256).map(|block| detector.predict_f32(block)).sum::<f32>());
    });
    let mut pitch = Pitch::default();
    group.bench_function("pitch", |b| {
        b.iter(|| {
            frames
                .iter()
                .map(|frame| {
                    let candidates = pitch.candidates(&frame.samples);
                    pitch.follow(&candidates, &log_odds(&candidates), &[true; 4])
                })
                .sum::<f32>()
        });
    });
    let mut features = ChannelFeatures::new();
    group.bench_function("all features", |b| {
        b.iter(|| frames.iter().filter_map(|frame| features.push(frame)).filter(|f| f.speech).count());
    });
    group.finish();
}

fn resampling(c: &mut Criterion) {
    let mut group = c.benchmark_group("resample");
    for rate_hz in [8_000, 22_050, 44_100, 48_000] {
        let sound = sound(rate_hz);
        group.throughput(Throughput::Elements(u64::from(RATE_HZ) * 10)).sample_size(20);
        group.bench_function(format!("{rate_hz} Hz"), |b| {
            let mut resampler = Resampler::new(rate_hz).expect("a rate in range");
            b.iter(|| {
                let mut samples = 0;
                sound.iter().for_each(|&sample| resampler.push(sample, &mut |ready| samples += ready.len()));
                samples
            });
        });
    }
    group.finish();
}

/// A whole channel, as a call runs it.
fn composed(c: &mut Criterion) {
    let mut group = c.benchmark_group("listener");
    for rate_hz in [8_000, 16_000, 48_000] {
        let sound = sound(rate_hz);
        group.throughput(Throughput::Elements(u64::from(RATE_HZ) * 10)).sample_size(20);
        group.bench_function(format!("one channel at {rate_hz} Hz"), |b| {
            let mut listener = Listener::new(Layout::Mono, 1, rate_hz, 0).expect("a source of one channel");
            b.iter(|| {
                let mut heard = 0;
                sound
                    .chunks(rate_hz as usize / 50)
                    .for_each(|piece| listener.push(piece, &mut |_| heard += 1));
                heard
            });
        });
    }
    group.finish();
}

criterion_group!(benches, stages, resampling, composed);
criterion_main!(benches);
