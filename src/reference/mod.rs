//! A CPU mirror of each compute shader, same stem: slices in, slices out, clear before fast.
