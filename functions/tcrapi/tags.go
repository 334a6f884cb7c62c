package tcrapi

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// A trigger's tags are its labels. The product tag knows a trigger by an id that
// Terraform's provider makes, REGISTRY#NAMESPACE#ID, and by a resource with it:
//
//	qcs::tcr:ap-guangzhou:uin/:repository/default#public#7
const (
	ofTriggers = "repository"
	separator  = "#"
)

// How many tags are answered at once, and of how many resources, as the product tag
// has it.
const (
	standardTags  = 15
	mostResources = 50
)

// tagChange is a call that changes the tags of one resource.
type tagChange struct {
	Resource    string     `json:"Resource"`
	ReplaceTags []givenTag `json:"ReplaceTags"`
	DeleteTags  []givenTag `json:"DeleteTags"`
}

type givenTag struct {
	TagKey   string `json:"TagKey"`
	TagValue string `json:"TagValue"`
	Category string `json:"Category"`
}

// apply changes the labels of a trigger.
func (c *tagChange) apply(t *shipbell.Trigger) error {
	labels := maps.Clone(t.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	for i, tag := range c.ReplaceTags {
		if slices.ContainsFunc(c.DeleteTags, func(d givenTag) bool { return d.TagKey == tag.TagKey }) {
			return shipbell.InvalidField(fmt.Sprintf("ReplaceTags.%d.TagKey", i), text.TCRTagTwice, tag.TagKey)
		}
		labels[tag.TagKey] = tag.TagValue
	}
	for _, tag := range c.DeleteTags {
		delete(labels, tag.TagKey)
	}
	t.Labels = labels
	return nil
}

// modifyTags changes the labels of a trigger, and nothing else of it.
func (d *Deps) modifyTags(r *api.Request, parameters []byte) (response, error) {
	var c tagChange
	if err := api.DecodeBytes(parameters, &c); err != nil {
		return response{}, err
	}
	if c.Resource == "" {
		return response{}, missing("Resource")
	}
	id, found := strings.CutPrefix(c.Resource[strings.LastIndex(c.Resource, ":")+1:], ofTriggers+"/")
	name, ok := parseResource(id)
	if !found || !ok {
		return response{}, shipbell.InvalidField("Resource", text.TCRResourceUnknown)
	}
	if err := d.registry(r, name.registry); err != nil {
		return response{}, err
	}
	t, err := d.named(r, name.registry, name.namespace, "Resource", name.id)
	if err != nil {
		return response{}, err
	}
	_, err = d.App.ChangeTrigger(r.Context(), r.Key, app.TriggerChange{
		Registry: name.registry, ID: t.ID, Edit: c.apply,
	})
	return response{}, ofTags(err)
}

// ofTags renames the field that an error of labels names to what clients know it by.
func ofTags(err error) error {
	var e *shipbell.Error
	if !errors.As(err, &e) || e.Kind != shipbell.Invalid {
		return err
	}
	renamed := *e
	renamed.Fields = slices.Clone(e.Fields)
	for i := range renamed.Fields {
		if renamed.Fields[i].Field == "labels" {
			renamed.Fields[i].Field = "ReplaceTags"
		}
	}
	return &renamed
}

// resource is a trigger as the product tag names it.
type resource struct {
	registry, namespace string
	id                  scalar
}

// parseResource reads REGISTRY#NAMESPACE#ID.
func parseResource(name string) (resource, bool) {
	registry, rest, found := strings.Cut(name, separator)
	last := strings.LastIndex(rest, separator)
	if !found || registry == "" || last < 1 || last == len(rest)-1 {
		return resource{}, false
	}
	return resource{registry: registry, namespace: rest[:last], id: scalar(rest[last+1:])}, true
}

// tagQuery is a call that asks for the tags of resources.
type tagQuery struct {
	ServiceType    string   `json:"ServiceType"`
	ResourcePrefix string   `json:"ResourcePrefix"`
	ResourceIDs    []string `json:"ResourceIds"`
	ResourceRegion string   `json:"ResourceRegion"`
	Category       string   `json:"Category"`
	Offset         scalar   `json:"Offset"`
	Limit          scalar   `json:"Limit"`
}

// describeTags answers the labels of triggers. What is no trigger, or none that the key
// may see, has no tags.
func (d *Deps) describeTags(r *api.Request, parameters []byte) (response, error) {
	var q tagQuery
	if err := api.DecodeBytes(parameters, &q); err != nil {
		return response{}, err
	}
	if len(q.ResourceIDs) > mostResources {
		return response{}, shipbell.InvalidField("ResourceIds", text.TCRResourcesTooMany, mostResources)
	}
	page := query{Offset: q.Offset, Limit: q.Limit}
	offset, limit, err := page.page(standardTags)
	if err != nil {
		return response{}, err
	}
	tags := []resourceTag{}
	if q.ServiceType == "tcr" && q.ResourcePrefix == ofTriggers {
		for _, id := range q.ResourceIDs {
			some, err := d.tagsOf(r, id)
			if err != nil {
				return response{}, err
			}
			tags = append(tags, some...)
		}
	}
	total := len(tags)
	return response{TotalCount: &total, Offset: &offset, Limit: &limit, Tags: rows(tags, offset, limit)}, nil
}

// tagsOf is the labels of one trigger in the order of their keys.
func (d *Deps) tagsOf(r *api.Request, id string) ([]resourceTag, error) {
	name, ok := parseResource(id)
	if !ok {
		return nil, nil
	}
	t, err := d.named(r, name.registry, name.namespace, "ResourceIds", name.id)
	switch shipbell.KindOf(err) {
	case shipbell.NotFound, shipbell.Invalid:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var tags []resourceTag
	for _, key := range slices.Sorted(maps.Keys(t.Labels)) {
		tags = append(tags, resourceTag{
			TagKey: key, TagValue: t.Labels[key], TagKeyMD5: md5Of(key), TagValueMD5: md5Of(t.Labels[key]),
			ResourceID: id, ServiceType: "tcr", Category: "Custom",
		})
	}
	return tags, nil
}

// md5Of is what the product tag answers beside keys and values.
func md5Of(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// rows is a page of a list.
func rows[T any](all []T, offset, limit int) []T {
	begin := min(offset, len(all))
	return all[begin : begin+min(limit, len(all)-begin)]
}
