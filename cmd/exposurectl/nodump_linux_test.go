package main

import (
	"bytes"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"exposure/internal/live"
)

// TestNoCoreDumpOfTheOperator: the program that reads the operator's key dumps no memory, and
// nobody else under its user looks into it, while it waits for a file with both keys at hand.
func TestNoCoreDumpOfTheOperator(t *testing.T) {
	live.AsAnyUser(t)
	s := newLetterSite(t, smallTown)
	if err := syscall.Mkfifo(s.at("order"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", live.DumpingShell, t.TempDir(), "exposurectl", "letters", "--by", "Sato", "--for", s.at("order"))
	cmd.Env = s.env
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	order, err := os.OpenFile(s.at("order"), os.O_WRONLY|syscall.O_NONBLOCK, 0)
	for ; err != nil; order, err = os.OpenFile(s.at("order"), os.O_WRONLY|syscall.O_NONBLOCK, 0) { // until it reads
		select {
		case end := <-ended:
			t.Fatalf("it read nothing: %v\n%s", end, &said)
		case <-time.After(10 * time.Millisecond):
		}
	}
	defer order.Close()
	if err := live.Undumped(cmd.Process, func() error { return <-ended }); err != nil {
		t.Error(err)
	}
}
