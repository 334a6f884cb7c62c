package local_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/local"
)

// command runs SQL on the store's file, as another program may.
func command(t *testing.T, dir, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "shipbell.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
}

// TestSchemaVersion opens stores of other versions: one from before the version was
// written keeps its items, and one of a newer version is refused by all that read it.
func TestSchemaVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, local.Options{})
	if err := s.Write(t.Context(), put("a", "1"))[0]; err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	command(t, dir, "PRAGMA user_version = 0") // as 0.1.0 left it
	s, err := local.Open(dir, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	items, err := s.Get(t.Context(), platform.Key{Partition: "p", Sort: "a"})
	if err := errors.Join(err, s.Close()); err != nil || items[0].Version != 1 {
		t.Errorf("the item of the old store is %+v, %v", items, err)
	}

	command(t, dir, "PRAGMA user_version = 99")
	const want = "it has schema version 99, and this version of Shipbell knows those up to 1"
	if _, err := local.Open(dir, local.Options{}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a newer store: %v, want %s", err, want)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := local.Backup(t.Context(), dir, copied, nil, accept); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a backup of a newer store: %v, want %s", err, want)
	}
}

func accept(*local.Store) error { return nil }

// TestBackupBesideWriters backs a store up while others write, restores it, and finds each
// item that was there before.
func TestBackupBesideWriters(t *testing.T) {
	t.Parallel()
	dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "copy.db")
	s := open(t, dir, local.Options{})
	const before = 200
	for i := range before {
		if err := s.Write(t.Context(), put(fmt.Sprintf("before%03d", i), "1"))[0]; err != nil {
			t.Fatal(err)
		}
	}
	stop := make(chan struct{})
	var writers sync.WaitGroup
	writers.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := s.Write(t.Context(), put(fmt.Sprintf("beside%06d", i), "1"))[0]; err != nil {
				t.Error(err)
				return
			}
		}
	})
	files := map[string][]byte{"seal-key": []byte("kept apart")}
	err := local.Backup(t.Context(), dir, copied, files, accept)
	close(stop)
	writers.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup is %v, %v", info, err)
	}

	again := filepath.Join(t.TempDir(), "again")
	err = local.Restore(t.Context(), copied, again, func(_ *local.Store, got map[string][]byte) error {
		if diff := cmp.Diff(files, got); diff != "" {
			t.Error(diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	restored := open(t, again, local.Options{})
	items, err := restored.Range(t.Context(), platform.Range{Partition: "p", From: "before", To: "beside", Limit: 1000})
	if err != nil || len(items) != before {
		t.Errorf("%d items are restored, %v; want %d", len(items), err, before)
	}
	raw, err := os.ReadFile(filepath.Join(again, "shipbell.db"))
	if err != nil || strings.Contains(string(raw), "kept apart") {
		t.Errorf("the restored store still holds the key, %v", err)
	}
}

// TestRestoreThatIsRefused leaves a directory without a store.
func TestRestoreThatIsRefused(t *testing.T) {
	t.Parallel()
	dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "copy.db")
	open(t, dir, local.Options{})
	errNo := errors.New("no")
	if err := local.Backup(t.Context(), dir, copied, nil, func(*local.Store) error { return errNo }); !errors.Is(err, errNo) {
		t.Errorf("a copy that does not pass its check: %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(copied))
	if err != nil || len(left) > 0 {
		t.Errorf("it leaves %v, %v", left, err)
	}
	if err := local.Backup(t.Context(), dir, copied, nil, accept); err != nil {
		t.Fatal(err)
	}
	again := t.TempDir()
	if err := local.Restore(t.Context(), copied, again, func(*local.Store, map[string][]byte) error { return errNo }); !errors.Is(err, errNo) {
		t.Errorf("a restore that does not pass its check: %v", err)
	}
	if there, err := local.Exists(again); there || err != nil {
		t.Errorf("there is a store: %t, %v", there, err)
	}
}
