//! Nothing in -> the same noise every time, between −1 and 1.

/// A xorshift generator (Marsaglia 2003): good enough for breath and hiss.
#[derive(Debug, Clone)]
pub struct Noise(u32);

impl Default for Noise {
    fn default() -> Self {
        Self(0x9e37_79b9)
    }
}

impl Noise {
    pub fn sample(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as i32 as f32 / 2_147_483_648.0
    }
}
