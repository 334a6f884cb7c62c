package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
)

const (
	standardServer = "http://127.0.0.1:8080"
	standardData   = "./shipbell-data"
)

// connect makes a client of the server.
func (c *call) connect() (*client.Client, error) {
	options, err := c.findOptions()
	if err != nil {
		return nil, err
	}
	return client.New(options)
}

// findOptions finds the server and the access key: those of the flags, else of the
// environment, else what a local server left in its data directory.
func (c *call) findOptions() (o client.Options, err error) {
	dir := c.dataDirectory("")
	base, own, err := c.findServer(dir)
	if err != nil {
		return o, err
	}
	local := isLoopback(base.Hostname())
	key, from, err := c.findKey(dir, base, local || own)
	if err != nil {
		return o, err
	}
	if base.Scheme == "http" && !local {
		c.complain("warning: the access key goes to " + base.Host + " unencrypted: use https")
	}
	c.keyFrom = from
	return client.Options{Server: base.String(), Key: shipbell.NewSecret(key), Answered: func(body []byte) {
		c.answers = append(c.answers, body)
	}}, nil
}

// findServer also tells whether the server is the one that left its address in dir.
func (c *call) findServer(dir string) (base *url.URL, own bool, err error) {
	text, from := c.server, "--server"
	if text == "" {
		text, from = c.getenv("SHIPBELL_SERVER"), "SHIPBELL_SERVER"
	}
	if text == "" {
		from = filepath.Join(dir, addressFile)
		data, err := os.ReadFile(from)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, false, err
		}
		text = strings.TrimSpace(string(data))
		own = text != ""
	}
	if text == "" {
		text = standardServer
	}
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	base, err = url.Parse(text)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Hostname() == "" || base.User != nil {
		return nil, false, usagef("%s: write the server as https://shipbell.example.com", from)
	}
	base.Path, base.RawQuery, base.Fragment = strings.TrimRight(base.Path, "/"), "", ""
	return base, own, nil
}

func (c *call) findKey(dir string, base *url.URL, own bool) (key, from string, err error) {
	key, from = c.key, "--key"
	if key == "" {
		key, from = c.getenv("SHIPBELL_KEY"), "SHIPBELL_KEY"
	}
	if key == "" {
		// The local server's key is nobody else's business.
		if !own {
			return "", "", usagef("an access key for %s is needed: give --key ID:SECRET or set SHIPBELL_KEY", base.Host)
		}
		from = filepath.Join(dir, adminKeyFile)
		data, err := os.ReadFile(from)
		if errors.Is(err, fs.ErrNotExist) {
			return "", "", usagef("an access key is needed: give --key ID:SECRET, set SHIPBELL_KEY, or say in SHIPBELL_DATA where the local server keeps its data (there is no %s)", from)
		}
		if err != nil {
			return "", "", err
		}
		key = string(data)
	}
	key = strings.TrimSpace(key)
	id, secret, _ := strings.Cut(key, ":")
	if id == "" || secret == "" || strings.ContainsFunc(key, steers) {
		return "", "", usagef("%s: write the access key as ID:SECRET", from)
	}
	return key, from, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// addressFile is where serve tells the commands in the same directory its address.
const addressFile = "address"

// ownAddress is the URL at which commands on this machine reach a listener. One on all
// addresses is reached by IPv4, also where the system calls them [::]: containers often have
// no ::1.
func ownAddress(address net.Addr) string {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return "http://" + address.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return fmt.Sprintf("http://%s", net.JoinHostPort(host, port))
}
