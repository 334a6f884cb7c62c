package console

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
)

//go:embed assets/*.css assets/*.js assets/*.svg
var assetFiles embed.FS

const assetsPath = base + "assets/"

// assets are the files that pages load. Their addresses change with their content, so
// that browsers may keep them for ever.
type assets map[string]asset

type asset struct {
	content []byte
	sum     string
}

func readAssets() assets {
	all := assets{}
	for _, entry := range must(assetFiles.ReadDir("assets")) {
		content := must(assetFiles.ReadFile("assets/" + entry.Name()))
		sum := sha256.Sum256(content)
		all[entry.Name()] = asset{content: content, sum: hex.EncodeToString(sum[:6])}
	}
	return all
}

// path is the address of a file.
func (a assets) path(name string) string { return assetsPath + a[name].sum + "/" + name }

// ServeHTTP answers with a file. One that was asked for by an older address is not to
// be kept.
func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sum, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, assetsPath), "/")
	file, ok := a[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if sum == file.sum {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.Header().Set("Content-Type", map[string]string{
		".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	}[path.Ext(name)])
	// A browser that is gone needs no answer.
	_, _ = w.Write(file.content)
}
