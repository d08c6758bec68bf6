# terraform apply -var-file example.tfvars
region = "eu-central-1"
bucket = "example-heapd-snapshots"

# With EKS; without it the role is for EC2 instances.
# oidc_provider_arn = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE"
