package redis

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	client "github.com/redis/go-redis/v9"
)

// master is the name by which a sentinel knows its master.
const master = "shipbell"

// Watched is a master and its replica, watched by a sentinel that makes the replica the
// master when the master is gone.
type Watched struct {
	Master *Server
	// Replica has a copy of what Master holds.
	Replica  *Server
	sentinel *Server
}

// StartWatched runs a master, its replica and a sentinel, and returns when the sentinel
// knows both.
func StartWatched(t testing.TB) *Watched {
	t.Helper()
	w := &Watched{Master: Start(t)}
	host, port, _ := net.SplitHostPort(w.Master.addr)
	w.Replica = Start(t, "--replicaof", host+" "+port)
	w.sentinel = &Server{t: t, binary: w.Master.binary, dir: t.TempDir(), addr: freeAddr(t)}
	t.Cleanup(w.sentinel.Kill)

	_, own, _ := net.SplitHostPort(w.sentinel.addr)
	file := filepath.Join(w.sentinel.dir, "sentinel.conf") // which it changes itself
	config := fmt.Sprintf("port %s\nbind 127.0.0.1\nlogfile %s\nsentinel monitor %s %s %s 1\nsentinel down-after-milliseconds %[3]s 500\n",
		own, w.sentinel.log(), master, host, port)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatalf("redis: %v", err)
	}
	w.sentinel.run(exec.Command(w.sentinel.binary, file, "--sentinel"))

	conn := client.NewSentinelClient(&client.Options{Addr: w.sentinel.addr})
	defer conn.Close()
	w.sentinel.await("the sentinel knows the replica", func() bool {
		replicas, err := conn.Replicas(t.Context(), master).Result()
		return err == nil && len(replicas) == 1 && replicas[0]["master-link-status"] == "ok"
	})
	return w
}

// URL is the address as a function is told: that of the sentinel and the master's name.
func (w *Watched) URL() string { return "redis+sentinel://" + w.sentinel.addr + "/" + master }
