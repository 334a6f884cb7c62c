package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// client is one connection that publishes events. It is as cheap as can be,
// because it takes its time from the same cores as the server.
type client struct {
	server *server
	conn   net.Conn
	reader *bufio.Reader
}

func (s *server) dial() (*client, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		return nil, err
	}
	return &client{server: s, conn: conn, reader: bufio.NewReader(conn)}, nil
}

// publish sends an event of a registry and waits for the 202.
func (c *client) publish(registry string, body []byte) error {
	request := fmt.Appendf(nil, "POST /v1/events/%s HTTP/1.1\r\nHost: shipbell\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", registry, c.server.key, len(body), body)
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusAccepted {
		err = fmt.Errorf("publish: %s: %s", response.Status, answer)
	}
	return err
}

// event is the TCR document's body with a tag and a digest of its own.
func event(namespace string, n int) []byte {
	return fmt.Appendf(nil, `{"type":"pushImage","occur_at":1589106605,"event_data":{"resources":[{"digest":"sha256:%064x",`+
		`"tag":"n%d","resource_url":"xxx-bj.tencentcloudcr.com/%s/nginx:n%d"}],"repository":{"date_created":1587119137,`+
		`"name":"nginx","namespace":"%s","repo_full_name":"%s/nginx","repo_type":"public"}},"operator":"332133xxxx"}`,
		n, n, namespace, n, namespace, namespace)
}
