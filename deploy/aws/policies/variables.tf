variable "partition" {
  description = "Partition of AWS; aws-cn and aws-us-gov are others"
  type        = string
  default     = "aws"
}

variable "region" {
  description = "Region of the bucket"
  type        = string
}

variable "account_id" {
  description = "The account that owns bucket and key"
  type        = string
}

variable "bucket" {
  description = "Name of the bucket"
  type        = string
}

variable "prefix" {
  description = "Prefix of the daemons' snapshots, with a slash at its end, as in snapshots.destinations"
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*/$", var.prefix))
    error_message = "The prefix ends with a slash and has no wildcards: a policy would take them as such."
  }
}

variable "key_arn" {
  description = "The KMS key that encrypts the bucket's objects"
  type        = string
}

variable "vpc_endpoint_id" {
  description = "The gateway endpoint for S3 through which alone objects are read and written"
  type        = string
}

variable "daemon_role_arn" {
  description = "Role of the daemons"
  type        = string
}

variable "reader_role_arns" {
  description = "Roles of people and programs that may fetch snapshots past the daemon"
  type        = list(string)
  default     = []
}

variable "allow_read" {
  description = "Whether daemons may read and list what is below their prefix"
  type        = bool
  default     = false
}

variable "allow_delete" {
  description = "Whether daemons may delete snapshots"
  type        = bool
  default     = false
}
