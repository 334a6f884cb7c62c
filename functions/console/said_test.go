package console_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/trigger"
)

// formatVerb parts a format into what is written as it stands.
var formatVerb = regexp.MustCompile(`%(\.\d+)?[dqsv]`)

// TestSaid holds the sentences that are translated against the source: each is still
// said, and takes as many things.
func TestSaid(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	for _, dir := range []string{"../../shared", "../../functions"} {
		if err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			data, err := os.ReadFile(path)
			source.Write(data)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile("text/said.zh.json")
	if err != nil {
		t.Fatal(err)
	}
	var sentences []struct{ Says, Means string }
	if err := json.Unmarshal(data, &sentences); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, one := range sentences {
		if known[one.Says] {
			t.Errorf("%q is there twice", one.Says)
		}
		known[one.Says] = true
		if len(formatVerb.FindAllString(one.Says, -1)) != strings.Count(one.Means, "%s") || strings.Count(one.Means, "%") != strings.Count(one.Means, "%s") {
			t.Errorf("%q takes other things than %q", one.Means, one.Says)
		}
		for _, part := range formatVerb.Split(one.Says, -1) {
			part = strings.TrimSuffix(part, ": ")
			if !strings.Contains(source.String(), strings.ReplaceAll(part, `"`, `\"`)) && !strings.Contains(source.String(), part) {
				t.Errorf("nothing says %q of %q", part, one.Says)
			}
		}
	}
}

// TestSaidInChinese looks for sentences in pages.
func TestSaidInChinese(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(trigger.RoleAdmin)
	s.create("first", func(one *trigger.Trigger) { one.Rule.Namespace = "public" })
	s.headers["Accept-Language"] = "zh"
	s.get(whyAt+"?action=pushImage&repository=team/%25s").shows(http.StatusOK, `命名空间 &#34;team&#34; 与 &#34;public&#34; 不匹配`)
	s.get(whyAt+"?action=x&repository=a").shows(http.StatusUnprocessableEntity, "触发动作：", "之中")
	s.post(whyAt, "event", `{"type":"SCAN","occur_at":1,"event_data":{}}`).shows(http.StatusOK, `Shipbell 不上报事件类型 &#34;SCAN&#34;`)
	s.get(logAt+"?status=x").shows(http.StatusUnprocessableEntity, "须为 pending、succeeded、failed 或 cancelled")
	d := s.deliver("e1", "public/nginx", "v1")[0]
	s.happens(&d, gone())
	s.get(at(d)).shows(http.StatusOK, "状态码 410：目标已不存在")
	d.Redeliver(s.clock.now)
	s.happens(&d, trigger.Outcome{Duration: time.Second, Error: "tls: the certificate is not valid"})
	s.get(at(d)).shows(http.StatusOK, "TLS：证书无效")
}

// TestProblemsInChinese looks for what is wrong with forms, and for errors.
func TestProblemsInChinese(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("first", nil)
	s.signIn(trigger.RoleAdmin)
	s.headers["Accept-Language"] = "zh"
	s.get("/console/r/nothing/overview").shows(http.StatusNotFound, "实例 &#34;nothing&#34; 不存在")
	s.post(registries, "id", "Prod", "host", "https://x").shows(http.StatusUnprocessableEntity, "请使用 1 到 64 个小写字母", "请勿包含协议")
	s.post(registries+"/default/delete", "typed", "default").shows(http.StatusConflict, "实例 &#34;default&#34; 仍有触发器")
	s.post(keys, "role", "<i>").shows(http.StatusUnprocessableEntity, "&#34;&lt;i&gt;&#34; 不是有效的角色，请填写 admin、viewer 或 ingest")
	s.signIn(trigger.RoleViewer)
	s.get(keys).shows(http.StatusForbidden, "的角色为 viewer，此操作需要 admin")
}
