//! Calls opened and closed here against the CPU engine.
