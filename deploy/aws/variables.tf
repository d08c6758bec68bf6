variable "region" {
  description = "Where everything is made"
  type        = string
  default     = "eu-central-1"
}

variable "name" {
  description = "What everything is called"
  type        = string
  default     = "heapd"
}

variable "bucket" {
  description = "Name of the bucket for snapshots; no other bucket of the world has it"
  type        = string
}

variable "prefix" {
  description = "Prefix of these daemons' snapshots; others in the same bucket have others"
  type        = string
  default     = "heapd/"
}

variable "cidr" {
  description = "Addresses of the VPC; a /16 makes subnets of 4,096"
  type        = string
  default     = "10.60.0.0/16"
}

variable "zones" {
  description = "In how many availability zones"
  type        = number
  default     = 3
}

variable "oidc_provider_arn" {
  description = "The OIDC provider of an EKS cluster whose service account is the daemon; null: EC2 instances are"
  type        = string
  default     = null
}

variable "service_account" {
  description = "NAMESPACE:NAME of that service account"
  type        = string
  default     = "heapd:heapd"
}

variable "operator_security_group_ids" {
  description = "Who reaches the operations plane and the page, beside members of the group operators: bastions, VPN endpoints"
  type        = list(string)
  default     = []
}

variable "reader_role_arns" {
  description = "Existing roles that may fetch snapshots past the daemon; they get module.policies.reader attached by whoever owns them"
  type        = list(string)
  default     = []
}

variable "allow_read" {
  description = "Whether daemons may read and list what is below their prefix: for `heapctl snapshot download` and `compare`, and to know snapshots of before a restart. Without it they can only put"
  type        = bool
  default     = false
}

variable "allow_delete" {
  description = "Whether daemons may delete snapshots: for `heapctl snapshot delete` and retention by heapd. Without it the bucket's lifecycle ends them"
  type        = bool
  default     = false
}

variable "keep_days" {
  description = "After how many days the bucket ends snapshots"
  type        = number
  default     = 30
}
