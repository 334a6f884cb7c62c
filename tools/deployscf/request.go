package main

import (
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	scf "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/scf/v20180416"
)

// create is the request that creates the function, without its code.
func (f function) create(namespace string) *scf.CreateFunctionRequest {
	r := scf.NewCreateFunctionRequest()
	r.FunctionName, r.Namespace, r.Handler, r.Runtime = &f.name, &namespace, &f.handler, &f.Runtime
	r.Type = common.StringPtr("Event")
	r.Description, r.MemorySize, r.Timeout = &f.Description, &f.MemorySize, &f.Timeout
	r.Environment, r.VpcConfig, r.PublicNetConfig = f.environment(), f.vpc(), f.network()
	if f.role != "" {
		r.Role = &f.role
	}
	if f.CLS.Topic != "" {
		r.ClsLogsetId, r.ClsTopicId = &f.CLS.Logset, &f.CLS.Topic
	}
	for _, tag := range f.Tags {
		r.Tags = append(r.Tags, &scf.Tag{Key: common.StringPtr(tag.Key), Value: common.StringPtr(tag.Value)})
	}
	return r
}

// configure is the request that updates the settings of the function as it is. Its
// runtime, its type and its tags stay as they were made.
func (f function) configure(namespace string, known *scf.GetFunctionResponseParams) *scf.UpdateFunctionConfigurationRequest {
	r := scf.NewUpdateFunctionConfigurationRequest()
	r.FunctionName, r.Namespace = &f.name, &namespace
	r.Description, r.MemorySize, r.Timeout = &f.Description, &f.MemorySize, &f.Timeout
	r.Environment, r.VpcConfig, r.PublicNetConfig = f.environment(), f.vpc(), f.network()
	if f.role != "" || text(known.Role) != "" {
		r.Role = &f.role
	}
	if f.CLS.Topic != "" {
		r.ClsLogsetId, r.ClsTopicId = &f.CLS.Logset, &f.CLS.Topic
	}
	return r
}

func (f function) environment() *scf.Environment {
	all := &scf.Environment{}
	for _, one := range f.Environments {
		all.Variables = append(all.Variables, &scf.Variable{Key: common.StringPtr(one.Key), Value: common.StringPtr(one.Value)})
	}
	return all
}

func (f function) vpc() *scf.VpcConfig {
	return &scf.VpcConfig{VpcId: common.StringPtr(f.VPC.ID), SubnetId: common.StringPtr(f.VPC.Subnet)}
}

func (f function) network() *scf.PublicNetConfigIn {
	status := "ENABLE"
	if f.PublicAccess != nil && !*f.PublicAccess {
		status = "DISABLE"
	}
	return &scf.PublicNetConfigIn{PublicNetStatus: &status, EipConfig: &scf.EipConfigIn{EipStatus: common.StringPtr("DISABLE")}}
}
