package main

import (
	"debug/buildinfo"
	"errors"
	"os"
	"path/filepath"
	"time"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
)

// describe writes which modules are in the binary, as the binary itself says, in CycloneDX's
// JSON.
func (r *release) describe(b binary, out string) error {
	info, err := buildinfo.ReadFile(b.path)
	if err != nil {
		return err
	}
	components := []cyclonedx.Component{component("std", info.GoVersion[len("go"):])}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		components = append(components, component(module.Path, module.Version))
	}
	main := component(info.Main.Path, r.version)
	main.Type = cyclonedx.ComponentTypeApplication
	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{
		Timestamp: r.time.Format(time.RFC3339), Component: &main,
		Properties: &[]cyclonedx.Property{{Name: "commit", Value: r.commit}, {Name: "platform", Value: b.String()}},
	}
	bom.Components = &components
	file, err := os.Create(filepath.Join(out, r.name(b.platform)+".cdx.json"))
	if err != nil {
		return err
	}
	encoder := cyclonedx.NewBOMEncoder(file, cyclonedx.BOMFileFormatJSON).SetPretty(true)
	return errors.Join(encoder.Encode(bom), file.Close())
}

// component is a module of Go, named as package URLs do.
func component(path, version string) cyclonedx.Component {
	url := "pkg:golang/" + path + "@" + version
	return cyclonedx.Component{BOMRef: url, Type: cyclonedx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: url}
}
