package e2e_test

import (
	"context"
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver that database/sql finds by its name

	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

// refused checks that nothing is acknowledged and that health tells, and then,
// with the obstacle taken away, that the same event is taken.
func refused(t *testing.T, srv *server.Server, to *sink.Sink, event sink.TCR, takeAway func()) {
	t.Helper()
	code, _, err := srv.Post(t.Context(), event)
	if err != nil || code != http.StatusServiceUnavailable {
		t.Errorf("status %d, %v, want 503", code, err)
	}
	if ready(srv) {
		t.Error("it is ready")
	}
	if _, err := srv.API.Health(t.Context()); err != nil {
		t.Error(err)
	}
	takeAway()
	// No event comes while it is not ready: a load balancer sends none.
	for end := time.Now().Add(patience); !ready(srv); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it is not ready again without an event")
		}
	}
	srv.Accept(event)
	requests := to.Wait(t, 2, patience)
	if len(requests) != 2 || requests[0].ID() == requests[1].ID() {
		t.Errorf("requests %v, want one of each event", requests)
	}
}

// ready asks whether the store answers.
func ready(srv *server.Server) bool {
	_, err := srv.API.Ready(context.Background())
	return err == nil
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("no disk to fill: mounting one takes rights that this test does not have: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	srv, to := server.StartIn(t, filepath.Join(dir, "data"), loopback), sink.Start(t)
	srv.CreateTrigger(pushes("app", "public", to.URL()))
	srv.Accept(pushed("public", "v1"))
	srv.WaitEnded(1, patience)

	filler := filepath.Join(dir, "filler")
	fill(t, filler)
	refused(t, srv, to, pushed("public", "v2"), func() {
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
	})
}

// fill writes until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for page := make([]byte, 4096); ; {
		if _, err := f.Write(page); err != nil {
			return
		}
	}
}

// TestStoreThatCannotWrite holds the store's file as another program may.
func TestStoreThatCannotWrite(t *testing.T) {
	t.Parallel()
	srv, to := server.Start(t, loopback), sink.Start(t)
	srv.CreateTrigger(pushes("app", "public", to.URL()))
	srv.Accept(pushed("public", "v1"))
	srv.WaitEnded(1, patience)

	db, err := sql.Open("sqlite", filepath.Join(srv.Data(), "shipbell.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	refused(t, srv, to, pushed("public", "v2"), func() {
		if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
	})
}
