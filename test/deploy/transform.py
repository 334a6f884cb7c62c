# Runs SAM's own transform over the template on standard input and prints the result as
# JSON. It stands in for what `sam deploy` does before: zips are in a bucket.
import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoPolicies:
    """Names no managed policies of AWS, because the template uses none."""

    def load(self):
        return {}


template = yaml_parse(sys.stdin.read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://bucket/function.zip"
json.dump(transform(template, {}, NoPolicies()), sys.stdout)
