# Where snapshots go: private, encrypted by a key of its own, and it cleans up
# after itself.

module "policies" {
  source = "./policies"

  partition        = data.aws_partition.here.partition
  region           = var.region
  account_id       = data.aws_caller_identity.here.account_id
  bucket           = var.bucket
  prefix           = var.prefix
  key_arn          = aws_kms_key.snapshots.arn
  vpc_endpoint_id  = aws_vpc_endpoint.s3.id
  daemon_role_arn  = aws_iam_role.daemon.arn
  reader_role_arns = var.reader_role_arns
  allow_read       = var.allow_read
  allow_delete     = var.allow_delete
}

data "aws_partition" "here" {}

data "aws_caller_identity" "here" {}

resource "aws_s3_bucket" "snapshots" {
  bucket = var.bucket
}

resource "aws_s3_bucket_public_access_block" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# No access lists: policies alone say who may do what.
resource "aws_s3_bucket_ownership_controls" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# What somebody overwrites or deletes stays for a while as an older version.
# heapd itself never overwrites.
resource "aws_s3_bucket_versioning" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id

  rule {
    # One call of KMS for many objects; the key's policy counts on it, since S3
    # then names the bucket to KMS.
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.snapshots.arn
    }
  }
}

resource "aws_s3_bucket_policy" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id
  policy = module.policies.bucket

  depends_on = [aws_s3_bucket_public_access_block.snapshots]
}

resource "aws_s3_bucket_lifecycle_configuration" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id

  depends_on = [aws_s3_bucket_versioning.snapshots]

  # heapd gives up the uploads of a daemon that was killed, at its next start. One
  # that lost its disk, or never starts again, cannot: their parts are not listed
  # anywhere, and cost money for ever.
  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {
      prefix = ""
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  rule {
    id     = "old-snapshots"
    status = "Enabled"

    filter {
      prefix = var.prefix
    }

    expiration {
      days = var.keep_days
    }

    noncurrent_version_expiration {
      noncurrent_days = 7
    }
  }
}

resource "aws_kms_key" "snapshots" {
  description             = "Snapshots of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

# Apart from the key, since the policy names the daemons' role, whose own policy
# names the key.
resource "aws_kms_key_policy" "snapshots" {
  key_id = aws_kms_key.snapshots.id
  policy = module.policies.key
}

resource "aws_kms_alias" "snapshots" {
  name          = "alias/${var.name}-snapshots"
  target_key_id = aws_kms_key.snapshots.id
}
