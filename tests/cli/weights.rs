//! Weights of events: read, told of, not used.

use super::*;

#[test]
fn weights_are_named_as_not_used_and_change_nothing() {
    let plain = Data::new();
    let weighted = Data::new();
    let events = fs::read_to_string(&plain.events).unwrap();
    let mut lines = events.lines();
    let heading = format!("{},weight", lines.next().unwrap());
    let rows = lines.enumerate().map(|(at, line)| format!("{line},{}", 1 + at % 5));
    fs::write(&weighted.events, std::iter::once(heading).chain(rows).collect::<Vec<_>>().join("\n")).unwrap();
    let arguments = ["inspect", "--events", text(&weighted.events), "--items", text(&weighted.items)];
    let told = idatlas(&arguments).succeeded().stdout;
    let line = told.lines().find(|line| line.contains("weight")).expect("the column is listed");
    assert!(line.contains("not used") && line.contains("counts as one"), "{told}");
    assert_eq!(weighted.inspect().succeeded().json()["events"]["columns"]["weight"], "weight");
    let vectors = |data: &Data| {
        data.train(&[]).succeeded();
        fs::read(data.out("run").join("vectors.safetensors")).unwrap()
    };
    assert!(vectors(&plain) == vectors(&weighted), "weights change the vectors");
}
