output "heapd_role_arn" {
  description = "For the annotation of the service account in deploy/kubernetes/components/eks"
  value       = aws_iam_role.daemon.arn
}

output "destination" {
  description = "An entry of snapshots.destinations"
  value = {
    name       = "s3"
    kind       = "s3"
    bucket     = aws_s3_bucket.snapshots.id
    prefix     = var.prefix
    region     = var.region
    encryption = "aws:kms"
    kms_key_id = aws_kms_key.snapshots.arn
  }
}

output "reader_policy" {
  description = "Policy, as JSON, for the roles of reader_role_arns"
  value       = module.policies.reader
}

output "private_subnet_ids" {
  description = "Where daemons and clients run"
  value       = aws_subnet.private[*].id
}

output "security_group_ids" {
  description = "Groups to put machines into"
  value = {
    daemons   = aws_security_group.daemons.id
    clients   = aws_security_group.clients.id
    operators = aws_security_group.operators.id
  }
}
