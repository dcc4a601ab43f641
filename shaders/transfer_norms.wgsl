// Sum of squares of each transfer matrix, one workgroup a matrix, into the step's loss record.
var<workgroup> parts: array<f32, WORKGROUP>;

fn work(matrix: u32, local: u32) {
    let first = shape(params.types, matrix + 1u, TABLE4);
    let size = shape(params.types, matrix + 1u, ROWS) * shape(params.types, matrix + 1u, WIDTH4);
    var sum = 0.0;
    // A folded dispatch may have workgroups to spare.
    if matrix < params.count {
        for (var q = local; q < size; q += WORKGROUP) {
            let value = load_transfer(first + q);
            sum += dot(value, value);
        }
    }
    parts[local] = sum;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if local < half {
            parts[local] += parts[local + half];
        }
        workgroupBarrier();
    }
    if local == 0u && matrix < params.count {
        store_losses(params.losses + matrix, parts[0]);
    }
}
