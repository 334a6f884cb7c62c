package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"time"
)

// startRedis starts a redis-server in a directory, which writes each second to disk what it
// was told, as docs/deploy-tencent.md asks for. It gives the address for --store.
func startRedis(dir string) (command *exec.Cmd, url string, err error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	address := free.Addr().String()
	_, port, _ := net.SplitHostPort(address) // of a listener it is always there
	if err := free.Close(); err != nil {
		return nil, "", err
	}
	command = exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", dir, "--save", "", "--appendonly", "yes", "--appendfsync", "everysec")
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		return nil, "", fmt.Errorf("start redis-server: %w", err)
	}
	for range 100 {
		c, err := net.Dial("tcp", address)
		if err == nil {
			return command, "redis://" + address, c.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	endProcess(command)
	return nil, "", errors.New("redis-server does not listen")
}

// endProcess ends a process that is of no use any more, if it was started.
func endProcess(command *exec.Cmd) {
	if command == nil {
		return
	}
	_ = command.Process.Kill() // it may be gone already
	_ = command.Wait()
}
