package local

import (
	"testing"

	"github.com/shipbell/shipbell/shared/platform"
)

// TestLevel has only commits of relaxed writes alone not wait for the disk.
func TestLevel(t *testing.T) {
	t.Parallel()
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	write := func(sort string, relaxed bool) platform.Write {
		return platform.Write{Item: platform.Item{Key: platform.Key{Partition: "p", Sort: sort}}, If: platform.Always, Relaxed: relaxed}
	}
	for _, step := range []struct {
		what   string
		writes []platform.Write
		want   level
	}{
		{"a write", []platform.Write{write("a", false)}, full},
		{"relaxed writes", []platform.Write{write("a", true), write("b", true)}, normal},
		{"one of both", []platform.Write{write("a", true), write("b", false)}, full},
		{"a relaxed write", []platform.Write{write("a", true)}, normal},
		{"a write after it", []platform.Write{write("b", false)}, full},
	} {
		if err := platform.First(s.Write(t.Context(), step.writes...)); err != nil {
			t.Fatal(err)
		}
		var got level
		if err := s.writer.conn.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != step.want {
			t.Errorf("%s: committed with synchronous = %d, want %d", step.what, got, step.want)
		}
	}
}
