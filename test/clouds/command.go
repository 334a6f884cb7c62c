package clouds

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"
	"time"
)

// How an invocation fails without an answer.
var (
	ErrEnded   = errors.New("the process ended")
	ErrTimeout = errors.New("the process was killed at the deadline")
)

// Command is a running binary.
type Command struct {
	// Ended is closed when it has ended.
	Ended chan struct{}
	cmd   *exec.Cmd
}

// Run starts a binary with an environment of its own. When it has ended, ended is
// called.
func Run(binary string, env []string, log io.Writer, ended func()) (*Command, error) {
	c := &Command{Ended: make(chan struct{}), cmd: exec.Command(binary)}
	c.cmd.Env, c.cmd.Stdout, c.cmd.Stderr = env, log, log
	if err := c.cmd.Start(); err != nil {
		ended()
		return nil, err
	}
	go func() {
		_ = c.cmd.Wait() // ProcessState has how it ended
		close(c.Ended)
		ended()
	}()
	return c, nil
}

// Alive implements Process.
func (c *Command) Alive() bool {
	select {
	case <-c.Ended:
		return false
	default:
		return true
	}
}

// Kill implements Process.
func (c *Command) Kill() {
	_ = c.cmd.Process.Kill() // an error means that it has ended
	<-c.Ended
}

// Terminate sends SIGTERM and waits for an end without an error.
func (c *Command) Terminate() error {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	select {
	case <-c.Ended:
		if c.cmd.ProcessState.ExitCode() != 0 {
			return fmt.Errorf("ended with %v after SIGTERM", c.cmd.ProcessState)
		}
		return nil
	case <-time.After(5 * time.Second):
		c.Kill()
		return errors.New("it did not end after SIGTERM")
	}
}

// Failure is the error of a process that ended instead of doing something.
func (c *Command) Failure(instead string) error {
	return fmt.Errorf("%s: %w: %v", instead, ErrEnded, c.cmd.ProcessState)
}
