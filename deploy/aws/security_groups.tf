# Who may talk to whom. Rules name groups, not addresses: a machine gets access by
# being put into a group.

resource "aws_security_group" "daemons" {
  name        = "${var.name}-daemons"
  description = "heapd"
  vpc_id      = aws_vpc.this.id
}

resource "aws_security_group" "clients" {
  name        = "${var.name}-clients"
  description = "Services that keep objects in heapd"
  vpc_id      = aws_vpc.this.id
}

resource "aws_security_group" "operators" {
  name        = "${var.name}-operators"
  description = "People and programs that operate heapd"
  vpc_id      = aws_vpc.this.id
}

resource "aws_security_group" "endpoints" {
  name        = "${var.name}-endpoints"
  description = "Endpoints of AWS services"
  vpc_id      = aws_vpc.this.id
}

locals {
  # From whom to which port of the daemons. Balancers with health checks of their
  # own are clients that need readiness too.
  into_daemons = merge(
    {
      clients_data       = { from = aws_security_group.clients.id, port = 7700, what = "Objects" }
      clients_readiness  = { from = aws_security_group.clients.id, port = 7703, what = "Readiness" }
      operators_data     = { from = aws_security_group.operators.id, port = 7700, what = "Objects" }
      operators_plane    = { from = aws_security_group.operators.id, port = 7701, what = "Operations and snapshots" }
      operators_liveness = { from = aws_security_group.operators.id, port = 7702, what = "Liveness" }
      operators_metrics  = { from = aws_security_group.operators.id, port = 7704, what = "Metrics and the page" }
    },
    {
      for number, group in var.operator_security_group_ids :
      "more_operators_${number}_plane" => { from = group, port = 7701, what = "Operations and snapshots" }
    },
    {
      for number, group in var.operator_security_group_ids :
      "more_operators_${number}_metrics" => { from = group, port = 7704, what = "Metrics and the page" }
    },
  )
}

resource "aws_vpc_security_group_ingress_rule" "daemons" {
  for_each = local.into_daemons

  security_group_id            = aws_security_group.daemons.id
  referenced_security_group_id = each.value.from
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  description                  = each.value.what
}

# Out of the daemons: S3 by its prefix list, and the endpoints. Answers to DNS
# come from the VPC itself, which security groups do not concern.
resource "aws_vpc_security_group_egress_rule" "daemons_s3" {
  security_group_id = aws_security_group.daemons.id
  prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  description       = "S3 through the gateway endpoint"
}

resource "aws_vpc_security_group_egress_rule" "daemons_endpoints" {
  security_group_id            = aws_security_group.daemons.id
  referenced_security_group_id = aws_security_group.endpoints.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  description                  = "STS and ECR"
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  security_group_id            = aws_security_group.endpoints.id
  referenced_security_group_id = aws_security_group.daemons.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  description                  = "heapd"
}

# Clients reach the daemons; whatever else they need their own groups give them.
resource "aws_vpc_security_group_egress_rule" "clients" {
  for_each = toset(["7700", "7703"])

  security_group_id            = aws_security_group.clients.id
  referenced_security_group_id = aws_security_group.daemons.id
  ip_protocol                  = "tcp"
  from_port                    = tonumber(each.key)
  to_port                      = tonumber(each.key)
  description                  = "heapd"
}

resource "aws_vpc_security_group_egress_rule" "operators" {
  security_group_id            = aws_security_group.operators.id
  referenced_security_group_id = aws_security_group.daemons.id
  ip_protocol                  = "tcp"
  from_port                    = 7700
  to_port                      = 7704
  description                  = "heapd"
}
