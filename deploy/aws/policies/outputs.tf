output "daemon" {
  description = "Policy of the daemons' role, as JSON"
  value       = jsonencode(local.daemon_policy)
}

output "reader" {
  description = "Policy of roles that read snapshots, as JSON"
  value       = jsonencode(local.reader_policy)
}

output "bucket" {
  description = "Policy of the bucket, as JSON"
  value       = jsonencode(local.bucket_policy)
}

output "key" {
  description = "Policy of the key, as JSON"
  value = jsonencode(merge(local.key_policy, {
    # An empty condition is an error to IAM.
    Statement = [
      for statement in local.key_policy.Statement :
      { for name, value in statement : name => value if value != {} }
    ]
  }))
}

output "endpoint" {
  description = "Policy of the gateway endpoint, as JSON"
  value       = jsonencode(local.endpoint_policy)
}
