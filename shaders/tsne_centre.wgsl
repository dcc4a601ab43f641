// Takes the middle of the map from each place.
fn work(group: u32, local: u32) {
    let middle = total(local) / f32(params.count);
    let point = invocation_index(group, local);
    if point < params.count {
        store_places(point, load_places(point) - middle);
    }
}
