package tcrapi

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/text"
)

// standardRows is how many namespaces and instances TCR answers if it is not told.
const standardRows = 20

// knownRepositories is how many repositories are looked at for their namespaces.
const knownRepositories = 1000

// filter is one condition of a call; a row must meet them all.
type filter struct {
	Name   string   `json:"Name"`
	Values []string `json:"Values"`
}

// namespaceQuery is a call that asks for the namespaces of a registry.
type namespaceQuery struct {
	RegistryID    string   `json:"RegistryId"`
	NamespaceName string   `json:"NamespaceName"`
	Offset        scalar   `json:"Offset"`
	Limit         scalar   `json:"Limit"`
	All           scalar   `json:"All"`
	Filters       []filter `json:"Filters"`
	KmsSignPolicy scalar   `json:"KmsSignPolicy"`
}

// describeNamespaces answers the namespaces that triggers name and that are known to hold
// repositories, in the order of their names. One that the call names is always there, for
// namespaces need not exist.
func (d *Deps) describeNamespaces(r *api.Request, parameters []byte) (response, error) {
	var q namespaceQuery
	if err := api.DecodeBytes(parameters, &q); err != nil {
		return response{}, err
	}
	if err := d.registry(r, q.RegistryID); err != nil {
		return response{}, err
	}
	for i, one := range q.Filters {
		return response{}, unknownFilter(i, one.Name)
	}
	page := query{Offset: q.Offset, Limit: q.Limit}
	offset, limit, err := page.page(standardRows)
	if err != nil {
		return response{}, err
	}
	names := []string{q.NamespaceName}
	if q.NamespaceName == "" {
		if names, err = d.namespaces(r, q.RegistryID); err != nil {
			return response{}, err
		}
	}
	total := len(names)
	if q.All == "true" {
		limit = total
	}
	answer := response{TotalCount: &total, NamespaceList: []namespaceInfo{}}
	for _, name := range rows(names, offset, limit) {
		answer.NamespaceList = append(answer.NamespaceList, namespaceInfo{
			Name: name, NamespaceID: namespaceID(name), TagSpecification: tagSpecification{ResourceType: "namespace", Tags: []struct{}{}},
		})
	}
	return answer, nil
}

// namespaces lists names, each once.
func (d *Deps) namespaces(r *api.Request, registry string) ([]string, error) {
	triggers, err := d.inNamespace(r, registry, "")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, t := range triggers {
		names = append(names, namespace(t.Rule))
	}
	known, err := d.App.Known(r.Key, registry)
	if err != nil {
		return nil, err
	}
	repositories, err := source.Repositories(r.Context(), known, "", knownRepositories)
	if err != nil {
		return nil, err
	}
	for _, repository := range repositories {
		if name, _, found := strings.Cut(repository, "/"); found {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// instanceQuery is a call that asks for registries.
type instanceQuery struct {
	RegistryIDs []string `json:"Registryids"`
	Offset      scalar   `json:"Offset"`
	Limit       scalar   `json:"Limit"`
	Filters     []filter `json:"Filters"`
	AllRegion   scalar   `json:"AllRegion"`
}

// describeInstances answers the registries that the key may touch, in the order of their
// ids.
func (d *Deps) describeInstances(r *api.Request, parameters []byte) (response, error) {
	var q instanceQuery
	if err := api.DecodeBytes(parameters, &q); err != nil {
		return response{}, err
	}
	page := query{Offset: q.Offset, Limit: q.Limit}
	offset, limit, err := page.page(standardRows)
	if err != nil {
		return response{}, err
	}
	for i, one := range q.Filters {
		if one.Name != "RegistryName" {
			return response{}, unknownFilter(i, one.Name)
		}
	}
	all, err := d.App.ListRegistries(r.Context(), r.Key)
	if err != nil {
		return response{}, err
	}
	found := []instance{}
	for _, registry := range all {
		if q.has(registry.ID) {
			found = append(found, newInstance(registry))
		}
	}
	total := len(found)
	return response{TotalCount: &total, Registries: rows(found, offset, limit)}, nil
}

// has reports whether the call asks for a registry, whose name is its id.
func (q *instanceQuery) has(id string) bool {
	for _, one := range q.Filters {
		if !slices.Contains(one.Values, id) {
			return false
		}
	}
	return len(q.RegistryIDs) == 0 || slices.Contains(q.RegistryIDs, id)
}

func newInstance(r shipbell.Registry) instance {
	return instance{
		RegistryID: r.ID, RegistryName: r.ID, RegistryType: "basic", Status: "Running", PublicDomain: r.Host,
		CreatedAt: r.CreatedAt.UTC().Format(time.RFC3339), TagSpecification: tagSpecification{ResourceType: "instance", Tags: []struct{}{}},
	}
}

func unknownFilter(place int, name string) error {
	return shipbell.InvalidField(fmt.Sprintf("Filters.%d.Name", place), text.TCRFilterUnknown, name)
}
