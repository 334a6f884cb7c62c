package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"syscall"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/shipbell/shipbell/shared/platform"
)

// maxIdle is how long a connection may lie unused before it is made anew: what
// is between may have forgotten it, above all while SCF froze the process. It is
// measured by the wall clock, which goes on meanwhile.
const maxIdle = time.Minute

// connect makes a client for an address, which connects when it is used. Of Redis
// it uses what 4.0 has. It does not repeat what may have been done: that is for
// our client, which knows what can be repeated; only a cluster's redirects are
// followed here.
func connect(a Address, connections int, idle time.Duration) goredis.UniversalClient {
	logging.Disable() // every error comes back from the call that it is about
	o := &goredis.UniversalOptions{
		Addrs: a.hosts, MasterName: a.master, IsClusterMode: a.mode == modeCluster,
		Username: a.user, Password: a.password, DB: a.database, Dialer: a.dialer(),
		Protocol: 2, DisableIdentity: true, MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		MaxRetries: -1, DialerRetries: 1, DialTimeout: platform.TryTime, ReadTimeout: platform.TryTime, WriteTimeout: platform.TryTime,
		ContextTimeoutEnabled: true, PoolSize: connections, PipelinePoolSize: -1, PoolTimeout: maxCall, ConnMaxIdleTime: idle,
	}
	if a.mode == modeCluster {
		options := o.Cluster()
		options.DisableRoutingPolicies = true // they ask for a description of each command
		cluster := goredis.NewClusterClient(options)
		cluster.OnNewNode(func(node *goredis.Client) { node.AddHook(tries{}) })
		return cluster
	}
	client := goredis.NewUniversalClient(o)
	client.AddHook(tries{})
	return client
}

// dialer connects with TLS if the address says so.
func (a Address) dialer() func(ctx context.Context, network, host string) (net.Conn, error) {
	plain := &net.Dialer{Timeout: platform.TryTime, KeepAlive: time.Minute}
	if !a.tls {
		return plain.DialContext
	}
	secure := &tls.Dialer{NetDialer: plain, Config: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: a.Authorities}}
	return func(ctx context.Context, network, host string) (net.Conn, error) {
		conn, err := secure.DialContext(ctx, network, host)
		if err != nil {
			return nil, err
		}
		return tlsConn{conn.(*tls.Conn)}, nil
	}
}

// tlsConn shows the socket below TLS, so that a connection that the other side has
// closed is noticed before it is used.
type tlsConn struct{ *tls.Conn }

// SyscallConn implements syscall.Conn.
func (c tlsConn) SyscallConn() (syscall.RawConn, error) {
	below, ok := c.NetConn().(syscall.Conn)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	return below.SyscallConn()
}

// tries is a hook that sees each try of each command, also those of a cluster's
// client.
type tries struct{}

// DialHook implements goredis.Hook.
func (tries) DialHook(next goredis.DialHook) goredis.DialHook { return next }

// ProcessHook implements goredis.Hook: it answers HELLO in the place of a server
// that is too old for it, so that every server gets AUTH and speaks RESP2.
func (tries) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if cmd.Name() == "hello" {
			cmd.SetErr(noHello{})
			return noHello{}
		}
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook implements goredis.Hook: it notes which commands had no
// answer, and so may have been done.
func (tries) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		err := next(ctx, cmds)
		for _, cmd := range cmds {
			if c, ok := cmd.(*call); ok && c.Err() != errUnsent && passing(c.Err()) {
				c.lost = c.Err()
			}
		}
		return err
	}
}

// noHello is how an old server refuses HELLO.
type noHello struct{}

func (noHello) Error() string { return "ERR unknown command 'HELLO'" }

// RedisError implements goredis.Error.
func (noHello) RedisError() {}
