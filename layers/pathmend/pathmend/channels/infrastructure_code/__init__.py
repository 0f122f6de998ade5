"""The same change as an edit of the code that owns the resource: a CloudFormation patch and a Terraform one."""
