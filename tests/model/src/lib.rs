//! The tests are below `tests`: loom runs the runtime's own `signal.rs` through every interleaving of
//! its threads.
