package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

func catalogue(t *testing.T, code string) map[string]string {
	t.Helper()
	data, err := os.ReadFile("text/" + code + ".json")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatal(err)
	}
	// The file is as the encoder writes a map: sorted, no key twice.
	want, err := json.MarshalIndent(texts, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for _, plain := range []string{"<", ">", "&"} {
		want = []byte(strings.ReplaceAll(string(want), fmt.Sprintf(`\u%04x`, plain[0]), plain))
	}
	if diff := cmp.Diff(string(want)+"\n", string(data)); diff != "" {
		t.Errorf("text/%s.json is not sorted, or has a key twice (-want +got):\n%s", code, diff)
	}
	return texts
}

var verbs = regexp.MustCompile(`%(?:\[(\d+)\])?([a-z])`)

// verbsOf lists the verbs of a text by the argument that they take.
func verbsOf(text string) map[int]string {
	list := map[int]string{}
	for i, found := range verbs.FindAllStringSubmatch(text, -1) {
		at := i + 1
		if found[1] != "" {
			fmt.Sscan(found[1], &at)
		}
		list[at] = found[2]
	}
	return list
}

// TestCatalogues holds the languages against each other.
func TestCatalogues(t *testing.T) {
	t.Parallel()
	english, chinese := catalogue(t, "en"), catalogue(t, "zh")
	for key, text := range english {
		other, ok := chinese[key]
		if !ok {
			t.Errorf("text/zh.json lacks %q", key)
			continue
		}
		forms := strings.Split(text, "|")
		for _, form := range append(forms, strings.Split(other, "|")...) {
			if diff := cmp.Diff(verbsOf(text[:len(forms[0])]), verbsOf(form)); diff != "" {
				t.Errorf("%s: %q and %q take other things (-first +this):\n%s", key, forms[0], form, diff)
			}
		}
		if strings.TrimSpace(text) == "" || strings.TrimSpace(other) == "" {
			t.Errorf("%s has no text", key)
		}
	}
	for key := range chinese {
		if _, ok := english[key]; !ok {
			t.Errorf("text/en.json lacks %q", key)
		}
	}
}

var (
	// keyed finds keys that stand whole in a page or in the source.
	keyed = regexp.MustCompile(`\b(?:t|count) "([^"]+)"|\.(?:t|text|count)\("([^"]+)"`)
	// begun finds the beginnings of those that end in a value.
	begun = regexp.MustCompile(`(?:print "|[("])([a-z]+\.)"|"([a-z]+\.)%d"`)
)

// TestKeys holds what pages say against the catalogue: no key is missing, and none is
// spare.
func TestKeys(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	for _, pattern := range []string{"pages/*.html", "*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(data)
		}
	}
	texts := catalogue(t, "en")
	used := map[string]bool{}
	for _, found := range keyed.FindAllStringSubmatch(source.String(), -1) {
		key := found[1] + found[2]
		if _, ok := texts[key]; !ok {
			t.Errorf("there is no text %q", key)
		}
		used[key] = true
	}
	var beginnings []string
	for _, found := range begun.FindAllStringSubmatch(source.String(), -1) {
		beginnings = append(beginnings, found[1]+found[2])
	}
	for key := range texts {
		if !used[key] && !slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(key, b) }) {
			t.Errorf("nothing says %q", key)
		}
	}
	want := []string{"role.admin", "role.viewer", "enabled.true", "enabled.false", "dialect.tcr", "dialect.doublestar", "format.tcr", "format.cloudevents"}
	for _, action := range shipbell.Actions() {
		want = append(want, "action."+string(action))
	}
	for _, status := range []shipbell.Status{shipbell.Pending, shipbell.Succeeded, shipbell.Failed, shipbell.Cancelled} {
		want = append(want, "status."+string(status))
	}
	for _, code := range []int{400, 401, 403, 404, 409, 412, 413, 422, 500, 503} {
		want = append(want, fmt.Sprintf("error.%d", code))
	}
	for _, key := range want {
		if _, ok := texts[key]; !ok {
			t.Errorf("there is no text %q", key)
		}
	}
}

// TestLanguage asks for pages in languages.
func TestLanguage(t *testing.T) {
	t.Parallel()
	for wish, want := range map[string]string{"": "en", "fr, zh-TW;q=0.3": "zh"} {
		s := newSite(t)
		s.headers["Accept-Language"] = wish
		s.get("/console/login").shows(http.StatusOK, `<html lang="`+want+`"`)
	}
	s := newSite(t)
	s.headers["Accept-Language"] = "en"
	s.post("/console/preferences", "language", "zh", "next", "/console/login").leads(http.StatusSeeOther, "/console/login")
	s.get("/console/login").shows(http.StatusOK, `<html lang="zh"`, "登录")
	s.post("/console/preferences", "theme", "dark", "language", "nothing")
	s.get("/console/login").shows(http.StatusOK, `<html lang="zh" data-theme="dark"`)
	s.post("/console/preferences", "theme", "nothing", "language", "en")
	s.get("/console/login").shows(http.StatusOK, `<html lang="en" data-theme="dark"`)
}

// TestSentences shows in Chinese what the use cases say: of wrong fields, of events that
// fire nothing, and of attempts, those of older versions included.
func TestSentences(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("taken", func(one *shipbell.Trigger) { one.Rule.Namespace = "public" })
	s.signIn(shipbell.RoleAdmin)
	s.post("/console/preferences", "language", "zh")
	for want, form := range map[string][]string{
		"请使用 1 至 64 个字符":        instead(filled(), "name", "Bad Name"),
		"本实例中已有同名的触发器":          instead(filled(), "name", "taken"),
		"&#34;a//b&#34; 中有两个连续": instead(filled(), "rule.repository", "a//b"),
		"空格请写作“%20”":            instead(filled(), "targets[0].url", "https://a b"),
		"与目标 1 的 URL 相同":        filled("targets[7].url", "https://ci.example.com/hook", "targets[7].format", "tcr"),
	} {
		s.post(list, form...).shows(http.StatusUnprocessableEntity, want)
	}
	s.get(list+"/7").shows(http.StatusNotFound, "触发器 7 不存在")
	s.get(whyAt+"?action=pushImage&repository=team/%25s").shows(http.StatusOK, `命名空间 &#34;team&#34; 与 &#34;public&#34; 不匹配`)
	s.get(whyAt+"?action=x&repository=a").shows(http.StatusUnprocessableEntity, "触发动作：", "之中")
	s.post(whyAt, "event", `{"type":"SCAN","occur_at":1,"event_data":{}}`).shows(http.StatusOK, `Shipbell 不上报事件类型 &#34;SCAN&#34;`)
	s.get(logAt+"?status=x").shows(http.StatusUnprocessableEntity, "应为 pending、succeeded、failed 或 cancelled")
	d := s.deliver("e1", "public/nginx", "v1")[0]
	s.happens(&d, shipbell.Outcome{StatusCode: 410, Error: text.New(text.StatusGone, 410), Final: true})
	s.get(at(d)).shows(http.StatusOK, "状态码 410：目标已永久失效")
	d.Redeliver(s.clock.now)
	s.happens(&d, shipbell.Outcome{Duration: time.Second, Error: text.Literal("status 500")})
	s.get(at(d)).shows(http.StatusOK, "status 500")
}
