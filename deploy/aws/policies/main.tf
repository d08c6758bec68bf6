# The documents of the example, apart from what makes them resources: nothing in
# this folder needs a provider, so `terraform test` judges them without AWS.

locals {
  bucket_arn  = "arn:${var.partition}:s3:::${var.bucket}"
  objects_arn = "${local.bucket_arn}/${var.prefix}*"

  # What heapd calls (server/storage/s3/s3_bucket.cc), and what that takes:
  #   PUT, multipart uploads          s3:PutObject
  #   giving an upload up             s3:AbortMultipartUpload
  #   uploads of a killed daemon      s3:ListBucketMultipartUploads
  #   HEAD before and after a write   s3:GetObject, and s3:ListBucket to be told
  #                                   that there is nothing; it can do without
  #   list at the start               s3:ListBucket
  #   manifests, download, compare    s3:GetObject
  #   delete, retention, what a failed snapshot left    s3:DeleteObject
  # Tried with an S3 store that refuses GetObject, ListBucket and DeleteObject:
  # snapshots are stored all the same, and what is missing is logged.
  object_actions = concat(
    ["s3:PutObject", "s3:AbortMultipartUpload"],
    var.allow_read ? ["s3:GetObject"] : [],
    var.allow_delete ? ["s3:DeleteObject"] : [],
  )
  list_snapshots = {
    Sid      = "ListSnapshots"
    Effect   = "Allow"
    Action   = ["s3:ListBucket"]
    Resource = local.bucket_arn
    Condition = {
      StringLike = { "s3:prefix" = "${var.prefix}*" }
    }
  }

  # Policy of the daemons' role: this prefix, and nothing else of AWS.
  daemon_policy = {
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "Snapshots"
        Effect   = "Allow"
        Action   = local.object_actions
        Resource = local.objects_arn
      },
      {
        # S3 knows no condition of the prefix for this call. Names of uploads
        # that are not finished are all it shows.
        Sid      = "ListUploads"
        Effect   = "Allow"
        Action   = ["s3:ListBucketMultipartUploads"]
        Resource = local.bucket_arn
      },
      {
        # Decrypt is what S3 asks for to put the parts of an upload together.
        Sid      = "KeyByWayOfS3"
        Effect   = "Allow"
        Action   = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource = var.key_arn
        Condition = {
          StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" }
        }
      },
    ], var.allow_read ? [local.list_snapshots] : [])
  }

  # For people who look at snapshots without the daemon: read, never write.
  reader_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadSnapshots"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = local.objects_arn
      },
      local.list_snapshots,
      {
        Sid      = "DecryptByWayOfS3"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = var.key_arn
        Condition = {
          StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" }
        }
      },
    ]
  }

  # Of the bucket: all of it forbids, so no role elsewhere can permit too much.
  bucket_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
        Condition = {
          Bool = { "aws:SecureTransport" = "false" }
        }
      },
      {
        Sid       = "OnlyTls12OrNewer"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
        Condition = {
          NumericLessThan = { "s3:TlsVersion" = "1.2" }
        }
      },
      {
        # Objects only: an administrator elsewhere can still change or empty the
        # bucket's settings, but neither read nor write what is in it.
        Sid       = "OnlyThroughTheEndpoint"
        Effect    = "Deny"
        Principal = "*"
        Action = [
          "s3:GetObject*",
          "s3:PutObject*",
          "s3:DeleteObject*",
          "s3:ListBucket",
          "s3:ListBucketVersions",
        ]
        Resource = [local.bucket_arn, "${local.bucket_arn}/*"]
        Condition = {
          StringNotEquals = { "aws:SourceVpce" = var.vpc_endpoint_id }
        }
      },
      {
        # Whoever else is in this account, whatever else may be in their roles.
        Sid       = "OnlyTheseRoles"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*"]
        Resource  = "${local.bucket_arn}/*"
        Condition = {
          ArnNotEquals = {
            "aws:PrincipalArn" = concat([var.daemon_role_arn], var.reader_role_arns)
          }
        }
      },
      {
        # A write that names no encryption gets the bucket's default, which is
        # this key; UploadPart, for one, has no place to name it.
        Sid       = "OnlyEncryptedByKms"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${local.bucket_arn}/*"
        Condition = {
          StringNotEquals = { "s3:x-amz-server-side-encryption" = "aws:kms" }
          Null            = { "s3:x-amz-server-side-encryption" = "false" }
        }
      },
      {
        Sid       = "OnlyEncryptedByThisKey"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${local.bucket_arn}/*"
        Condition = {
          StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = var.key_arn }
          Null            = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = "false" }
        }
      },
    ]
  }

  # Of the key. Without the first statement nobody could ever change it again.
  key_policy = {
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid       = "Administer"
        Effect    = "Allow"
        Principal = { AWS = "arn:${var.partition}:iam::${var.account_id}:root" }
        Action = [
          "kms:CancelKeyDeletion",
          "kms:Describe*",
          "kms:DisableKey",
          "kms:EnableKey*",
          "kms:Get*",
          "kms:List*",
          "kms:PutKeyPolicy",
          "kms:RotateKeyOnDemand",
          "kms:ScheduleKeyDeletion",
          "kms:TagResource",
          "kms:UntagResource",
          "kms:UpdateKeyDescription",
        ]
        Resource  = "*"
        Condition = {}
      },
      {
        Sid       = "DaemonsByWayOfS3"
        Effect    = "Allow"
        Principal = { AWS = var.daemon_role_arn }
        Action    = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource  = "*"
        Condition = local.only_this_bucket
      },
      ], [
      for arn in var.reader_role_arns : {
        Sid       = "Reader${index(var.reader_role_arns, arn)}ByWayOfS3"
        Effect    = "Allow"
        Principal = { AWS = arn }
        Action    = ["kms:Decrypt"]
        Resource  = "*"
        Condition = local.only_this_bucket
      }
    ])
  }

  # With bucket keys S3 names the bucket to KMS, not the object.
  only_this_bucket = {
    StringEquals = {
      "kms:ViaService"                   = "s3.${var.region}.amazonaws.com"
      "kms:CallerAccount"                = var.account_id
      "kms:EncryptionContext:aws:s3:arn" = local.bucket_arn
    }
  }

  # Of the gateway endpoint: machines of this VPC reach this bucket, and no other
  # to which somebody could carry data; and layers of images in ECR.
  endpoint_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "ThisBucket"
        Effect    = "Allow"
        Principal = "*"
        Action = [
          "s3:GetObject",
          "s3:PutObject",
          "s3:DeleteObject",
          "s3:AbortMultipartUpload",
          "s3:ListBucket",
          "s3:ListBucketMultipartUploads",
        ]
        Resource = [local.bucket_arn, "${local.bucket_arn}/*"]
      },
      {
        Sid       = "ImagesOfEcr"
        Effect    = "Allow"
        Principal = "*"
        Action    = ["s3:GetObject"]
        Resource  = "arn:${var.partition}:s3:::prod-${var.region}-starport-layer-bucket/*"
      },
    ]
  }
}
