package redis

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	client "github.com/redis/go-redis/v9"
)

// slots is how many slots a cluster has.
const slots = 16384

// Cluster is a Redis Cluster of masters, which runs until the test ends.
type Cluster struct {
	t       testing.TB
	servers []*Server
}

// StartCluster runs a cluster in which each server has as many slots.
func StartCluster(t testing.TB, servers int) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	for n := range servers {
		bus := freeAddr(t)
		_, port, _ := net.SplitHostPort(bus)
		s := Start(t, "--cluster-enabled", "yes", "--cluster-port", port, "--cluster-node-timeout", "5000")
		c.servers = append(c.servers, s)
		conn := c.client(s)
		err := conn.ClusterAddSlotsRange(t.Context(), n*slots/servers, (n+1)*slots/servers-1).Err()
		if err == nil && n > 0 {
			host, first, _ := net.SplitHostPort(c.servers[0].addr)
			// The bus of the first server has a port of its own, which MEET is told of.
			err = conn.Do(t.Context(), "CLUSTER", "MEET", host, first, c.bus(c.servers[0])).Err()
		}
		if err != nil {
			t.Fatalf("redis: make a cluster: %v", err)
		}
	}
	for deadline := time.Now().Add(patience); !c.ready(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("redis: the cluster was not ready within %v", patience)
		}
	}
	return c
}

func (c *Cluster) bus(s *Server) string {
	for i, arg := range s.args {
		if arg == "--cluster-port" {
			return s.args[i+1]
		}
	}
	return ""
}

func (c *Cluster) client(s *Server) *client.Client {
	conn := client.NewClient(&client.Options{Addr: s.addr})
	c.t.Cleanup(func() { conn.Close() })
	return conn
}

// ready reports whether every server knows where every slot is.
func (c *Cluster) ready() bool {
	for _, s := range c.servers {
		info, err := c.client(s).ClusterInfo(c.t.Context()).Result()
		if err != nil || !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, fmt.Sprintf("cluster_slots_assigned:%d", slots)) {
			return false
		}
	}
	return true
}

// URL is the cluster's address as a function is told: that of one server, which
// knows the others.
func (c *Cluster) URL() string { return "redis+cluster://" + c.servers[0].addr }

// Clear removes all that the cluster holds.
func (c *Cluster) Clear() {
	c.t.Helper()
	for _, s := range c.servers {
		if err := c.client(s).FlushAll(c.t.Context()).Err(); err != nil {
			c.t.Fatalf("redis: clear the cluster: %v", err)
		}
	}
}

// Move gives the slot of a key, which must be empty, to another server, as when a
// cluster is rebalanced. Clients are not told.
func (c *Cluster) Move(key string) {
	c.t.Helper()
	slot, err := c.client(c.servers[0]).ClusterKeySlot(c.t.Context(), key).Result()
	if err != nil {
		c.t.Fatalf("redis: slot of %s: %v", key, err)
	}
	at := int(slot) * len(c.servers) / slots
	to, err := c.client(c.servers[(at+1)%len(c.servers)]).ClusterMyID(c.t.Context()).Result()
	for _, s := range c.servers {
		if err == nil {
			err = c.client(s).Do(c.t.Context(), "CLUSTER", "SETSLOT", slot, "NODE", to).Err()
		}
	}
	if err != nil {
		c.t.Fatalf("redis: move slot %d: %v", slot, err)
	}
}
