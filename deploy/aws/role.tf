# The daemons' role: of EC2 instances, or of a service account in EKS. There is no
# key that somebody could copy; heapd gets its credentials from the platform.

locals {
  in_eks = var.oidc_provider_arn != null
  # What the provider is called in conditions: its address without https://.
  issuer = local.in_eks ? regex("oidc-provider/(.+)$", var.oidc_provider_arn)[0] : null
}

data "aws_iam_policy_document" "assume_daemon" {
  statement {
    actions = [local.in_eks ? "sts:AssumeRoleWithWebIdentity" : "sts:AssumeRole"]

    principals {
      type        = local.in_eks ? "Federated" : "Service"
      identifiers = [local.in_eks ? var.oidc_provider_arn : "ec2.amazonaws.com"]
    }

    # Without these two every pod of the cluster could take this role.
    dynamic "condition" {
      for_each = local.in_eks ? {
        sub = "system:serviceaccount:${var.service_account}"
        aud = "sts.amazonaws.com"
      } : {}

      content {
        test     = "StringEquals"
        variable = "${local.issuer}:${condition.key}"
        values   = [condition.value]
      }
    }
  }
}

resource "aws_iam_role" "daemon" {
  name                 = var.name
  assume_role_policy   = data.aws_iam_policy_document.assume_daemon.json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "daemon" {
  name   = "snapshots"
  role   = aws_iam_role.daemon.id
  policy = module.policies.daemon
}

# For instances: launch them with this profile and with metadata version 2 only
# (http_tokens = "required"), which heapd speaks.
resource "aws_iam_instance_profile" "daemon" {
  count = local.in_eks ? 0 : 1

  name = var.name
  role = aws_iam_role.daemon.name
}
