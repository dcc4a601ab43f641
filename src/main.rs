//! Arguments to a front end; the only place that prints an error and picks an exit code.

fn main() {}
