# terraform init && terraform test, in the folder above; asks nothing of AWS.

variables {
  region          = "eu-central-1"
  account_id      = "111122223333"
  bucket          = "example-heapd-snapshots"
  prefix          = "heapd/"
  key_arn         = "arn:aws:kms:eu-central-1:111122223333:key/example"
  vpc_endpoint_id = "vpce-0123456789abcdef0"
  daemon_role_arn = "arn:aws:iam::111122223333:role/heapd"
}

run "daemon_may_not_delete" {
  command = plan

  assert {
    condition = !anytrue([
      for statement in jsondecode(output.daemon).Statement :
      anytrue([for action in flatten([statement.Action]) : strcontains(action, "Delete")])
    ])
    error_message = "Daemons may delete though allow_delete is not set."
  }
}

run "daemon_may_only_put" {
  command = plan

  assert {
    condition = toset(flatten([
      for statement in jsondecode(output.daemon).Statement : statement.Action
      if anytrue([for action in statement.Action : startswith(action, "s3:")])
      ])) == toset([
      "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListBucketMultipartUploads",
    ])
    error_message = "Daemons may do more with the bucket than put."
  }
}

run "daemon_may_read_when_asked" {
  command = plan

  variables {
    allow_read = true
  }

  assert {
    condition = alltrue([
      for action in ["s3:GetObject", "s3:ListBucket"] :
      contains(flatten([
        for statement in jsondecode(output.daemon).Statement : statement.Action
      ]), action)
    ])
    error_message = "allow_read does nothing."
  }
}

run "daemon_may_delete_when_asked" {
  command = plan

  variables {
    allow_delete = true
  }

  assert {
    condition = contains(
      jsondecode(output.daemon).Statement[0].Action, "s3:DeleteObject"
    )
    error_message = "allow_delete does nothing."
  }
}

run "daemon_writes_below_its_prefix_only" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(output.daemon).Statement :
      statement.Resource == "arn:aws:s3:::example-heapd-snapshots/heapd/*"
      if anytrue([for action in statement.Action : can(regex("Object|Abort", action))])
    ])
    error_message = "Objects outside of the prefix can be reached."
  }
}

run "bucket_policy_only_denies" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(output.bucket).Statement :
      statement.Effect == "Deny"
    ])
    error_message = "The bucket's policy permits something."
  }
}

run "readers_decrypt_and_nobody_else" {
  command = plan

  variables {
    reader_role_arns = ["arn:aws:iam::111122223333:role/reader"]
  }

  assert {
    condition = toset([
      for statement in jsondecode(output.key).Statement :
      statement.Principal.AWS
      if contains(statement.Action, "kms:Decrypt")
      ]) == toset([
      "arn:aws:iam::111122223333:role/heapd",
      "arn:aws:iam::111122223333:role/reader",
    ])
    error_message = "Others than the daemons and the readers can decrypt."
  }
}

run "prefix_without_slash_is_refused" {
  command = plan

  variables {
    prefix = "heapd"
  }

  expect_failures = [var.prefix]
}

run "prefix_with_wildcard_is_refused" {
  command = plan

  variables {
    prefix = "*/"
  }

  expect_failures = [var.prefix]
}
