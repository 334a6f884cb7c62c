package text

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Language is one that sentences are written in, as in HTML's lang.
type Language string

// The languages.
const (
	English Language = "en"
	Chinese Language = "zh"
)

// Languages lists the languages, the default first.
func Languages() []Language { return []Language{English, Chinese} }

// Prefer chooses the language that an Accept-Language header likes best, by its quality
// values (RFC 9110); English if it names none that there is.
func Prefer(acceptLanguage string) Language {
	best, liked := English, 0.0
	for wish := range strings.SplitSeq(acceptLanguage, ",") {
		tag, quality, weighed := strings.Cut(wish, ";")
		weight := 1.0
		if weighed {
			var err error
			if weight, err = strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(quality), "q="), 64); err != nil {
				continue
			}
		}
		primary, _, _ := strings.Cut(strings.TrimSpace(tag), "-")
		for _, l := range Languages() {
			if strings.EqualFold(primary, string(l)) && weight > liked {
				best, liked = l, weight
			}
		}
	}
	return best
}

//go:embed en.json zh.json
var files embed.FS

// The catalogues are read when their first sentence is asked for.
var (
	english = sync.OnceValue(func() map[Code]string { return readCatalogue(English) })
	chinese = sync.OnceValue(func() map[Code]string { return readCatalogue(Chinese) })
)

func readCatalogue(l Language) map[Code]string {
	data, err := files.ReadFile(string(l) + ".json")
	texts := map[Code]string{}
	if err == nil {
		err = json.Unmarshal(data, &texts)
	}
	if err != nil {
		panic(fmt.Sprintf("read the embedded sentences: %v", err)) // the tests read them too
	}
	return texts
}

// catalogue gives the formats of a language, or of English for one that there is not.
func catalogue(l Language) map[Code]string {
	if l == Chinese {
		return chinese()
	}
	return english()
}
