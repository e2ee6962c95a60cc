// Package strictyaml reads the YAML files that people write for this program, such that a
// file says exactly what it seems to say, or nothing.
//
// It guarantees that every fault has a file, a line, a column and the line itself, that
// one reading finds as many faults as it can, and that a small file costs little time
// whatever is in it.
//
// It refuses anchors, aliases, tags, second documents, keys that are unknown or stand
// twice, numbers and booleans where text is meant, depth that no such file needs, and
// files over [MaxBytes]. What the texts mean is for its callers.
package strictyaml
