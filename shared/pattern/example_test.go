package pattern_test

import (
	"fmt"

	"github.com/shipbell/shipbell/shared/pattern"
)

func ExampleParse() {
	p, err := pattern.Parse(pattern.TCR, pattern.Tag, "{env1, env2}")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Effective(), p.Match("env1-20241202"), p.Match("my-env1"))

	_, err = pattern.Parse(pattern.TCR, pattern.Repository, "path/")
	fmt.Println(err)
	// Output:
	// [env1* env2*] true false
	// "path/" ends in a slash and no name does: write "path/**" for all that is under it, or "path"
}
