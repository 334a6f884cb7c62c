package tc3

import (
	"net"
	"slices"
	"strings"
)

// place is where a request goes, as a client wrote it to sign it.
type place struct{ host, path string }

// places are the ways in which the SDKs of Tencent Cloud write where a request goes
// when they sign it by TC3, the likeliest first. All mean the same:
//   - Go, and every SDK whose endpoint has no path: the Host header and the path "/",
//     whatever the path is;
//   - Node: the host without its port, and the path;
//   - Python, PHP, Java and .NET, whose endpoint has a path: the endpoint as the Host
//     header, from which a proxy may have cut the path, and the path "/".
func (r *Request) places() (all []place) {
	add := func(host, path string) {
		if one := (place{host, path}); !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	for _, host := range r.Hosts {
		add(host, "/")
		for _, path := range r.Paths {
			add(withoutPort(host), path)
		}
		for _, path := range r.Paths {
			add(host+path, "/")
		}
	}
	return all
}

// products are the names that the SDKs of Node, PHP, Java and .NET take for the product's:
// whatever their endpoint has before its first dot.
func (r *Request) products() (names []string) {
	for _, host := range r.Hosts {
		for _, endpoint := range append([]string{host}, endpoints(host, r.Paths)...) {
			name, _, _ := strings.Cut(endpoint, ".")
			names = append(names, name)
		}
	}
	return names
}

func endpoints(host string, paths []string) []string {
	all := make([]string, len(paths))
	for i, path := range paths {
		all[i] = host + path
	}
	return all
}

func withoutPort(host string) string {
	name, _, err := net.SplitHostPort(host)
	switch {
	case err != nil:
		return host // it has none
	case strings.Contains(name, ":"):
		return "[" + name + "]"
	}
	return name
}
