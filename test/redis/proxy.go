package redis

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// Fault is what becomes of the commands that a client sends before it waits: ""
// nothing, one of the following, or the error that answers each, as "LOADING".
type Fault string

const (
	// DropBefore ends the connection instead of passing the commands on.
	DropBefore Fault = "drop before"
	// DropHalf passes half of them on, rounded down, and ends the connection.
	DropHalf Fault = "drop half"
	// DropAfter passes them on and ends the connection instead of answering.
	DropAfter Fault = "drop after"
	// Hang passes nothing on and answers nothing.
	Hang Fault = "hang"
	// HangAfter passes them on and answers nothing.
	HangAfter Fault = "hang after"
)

// Proxy stands between clients and a server.
type Proxy struct {
	to       string
	listener net.Listener

	mu         sync.Mutex
	conns      map[net.Conn]bool
	refusing   bool
	roundTrips int
	commands   []string
	fail       func(commands [][]string) Fault
}

// Proxy starts a proxy before the server, on a port of loopback until the test
// ends. The server may be restarted behind it.
func (s *Server) Proxy() *Proxy { return startProxy(s.t, s.addr) }

func startProxy(t testing.TB, to string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("redis: %v", err)
	}
	p := &Proxy{to: to, listener: listener, conns: map[net.Conn]bool{}}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		p.Refuse(true)
		all.Wait()
	})
	return p
}

// URL is the proxy's address as a function is told.
func (p *Proxy) URL() string { return "redis://" + p.listener.Addr().String() }

// Refuse ends all connections and every new one, or lets them through again.
func (p *Proxy) Refuse(refuse bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusing = refuse
	for conn := range p.conns {
		if refuse {
			conn.Close()
		}
	}
}

// Fail asks fail about all commands from now on, those together that were sent
// together; nil lets all pass.
func (p *Proxy) Fail(fail func(commands [][]string) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = fail
}

// Take answers how often a client sent something and waited since the last call,
// and the names of the commands that it sent.
func (p *Proxy) Take() (roundTrips int, commands []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	roundTrips, commands = p.roundTrips, p.commands
	p.roundTrips, p.commands = 0, nil
	return roundTrips, commands
}

// enter notes a connection, unless connections are refused.
func (p *Proxy) enter(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[conn] = true
	return !p.refusing
}

func (p *Proxy) serve(client net.Conn) {
	defer func() {
		client.Close()
		p.mu.Lock()
		delete(p.conns, client)
		p.mu.Unlock()
	}()
	if !p.enter(client) {
		return
	}
	server, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	defer server.Close()
	requests, replies := bufio.NewReaderSize(client, 1<<20), bufio.NewReader(server)
	for {
		batch, err := readBatch(requests)
		if err != nil {
			return
		}
		fault := p.fate(batch)
		if fault == Hang {
			_, _ = io.Copy(io.Discard, client) // until the client gives up
			return
		}
		out, err := pass(batch, fault, server, replies)
		if err != nil {
			return
		}
		if fault == HangAfter {
			_, _ = io.Copy(io.Discard, client)
			return
		}
		if _, err := client.Write(out); err != nil {
			return
		}
	}
}

// readBatch reads all commands that a client sent before it waited.
func readBatch(r *bufio.Reader) (batch []request, err error) {
	for len(batch) == 0 || r.Buffered() > 0 {
		one, err := readRequest(r)
		if err != nil {
			return nil, err
		}
		batch = append(batch, one)
	}
	return batch, nil
}

// fate notes a batch and asks what becomes of it.
func (p *Proxy) fate(batch []request) Fault {
	var commands [][]string
	for _, one := range batch {
		commands = append(commands, one.args)
	}
	p.mu.Lock()
	p.roundTrips++
	for _, command := range commands {
		p.commands = append(p.commands, strings.ToUpper(command[0]))
	}
	fail := p.fail
	p.mu.Unlock()
	if fail == nil {
		return ""
	}
	return fail(commands)
}

// pass does the commands of a batch one by one and gathers the answers.
func pass(batch []request, fault Fault, server net.Conn, replies *bufio.Reader) ([]byte, error) {
	var out bytes.Buffer
	for i, one := range batch {
		why := unknown(one.args)
		switch {
		case fault == DropBefore || fault == DropHalf && i == len(batch)/2:
			return nil, errDropped
		case why != "":
			out.WriteString("-ERR " + why + "\r\n")
		case fault == "" || fault == DropHalf || fault == DropAfter || fault == HangAfter:
			if _, err := server.Write(one.raw); err != nil {
				return nil, err
			}
			if err := copyReply(&out, replies); err != nil {
				return nil, err
			}
		default:
			out.WriteString("-" + string(fault) + "\r\n")
		}
	}
	if fault == DropAfter {
		return nil, errDropped
	}
	return out.Bytes(), nil
}
