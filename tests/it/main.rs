//! The built binary and the whole pipeline, from outside.
#![allow(clippy::unwrap_used)] // a test that cannot go on should stop
#![allow(unsafe_code)] // one filter is set between fork and exec, to play an old kernel

#[path = "../support/dialogue.rs"]
mod dialogue;
#[path = "../support/wav.rs"]
mod wav;

mod abuse;
mod accounts;
mod analyze;
mod analyze_faults;
mod appliance;
mod calls_kept;
mod changes;
mod check_ins;
mod clients;
mod course;
mod degraded;
mod demo;
mod devices;
mod dialogues;
mod doors;
mod effects;
mod erase;
mod faults;
mod full_disk;
mod gpsd;
mod hints;
mod kept_safe;
mod live;
mod located;
mod machines;
mod matrix;
mod older;
mod one_stay;
mod openapi;
mod orders;

mod playbooks;
mod privacy;
mod reach;
mod records;
mod records_definitions;
mod records_doors;
mod records_files;
mod records_imports;
mod records_lists;
mod records_reach;
mod records_values;
mod rehearse;
mod replay;
mod revisions;
mod run;
mod same_path;
mod service;
mod strangers;
mod tls;
mod trust;
mod vanished;
mod visits;
mod webhooks;
mod zones;
