variable "assembly" {
  description = "Folder that `npm run synth` wrote."
  type        = string
  default     = "../../cdk.out"
}

variable "dr_region" {
  description = "Region of the replicas. Empty: the environment has none."
  type        = string
  default     = ""
}

variable "environment" {
  description = "An environment of pika.yml."
  type        = string
}

variable "product" {
  description = "The product of pika.yml."
  type        = string
  default     = "pika"
}

variable "region" {
  description = "Region of the environment, as in pika.yml."
  type        = string
  default     = "us-east-1"
}
