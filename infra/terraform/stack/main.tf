# One stack of a cloud assembly: its assets to the bootstrap bucket, its template from there.

terraform {
  required_providers {
    archive = {
      source = "hashicorp/archive"
    }
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "assembly" {
  description = "Folder that `npm run synth` wrote."
  type        = string
}

variable "name" {
  description = "Name of the stack."
  type        = string
}

data "aws_caller_identity" "current" {}

locals {
  files = jsondecode(file("${var.assembly}/${var.name}.assets.json")).files
  assets = {
    for hash, asset in local.files : hash => {
      bucket = replace(values(asset.destinations)[0].bucketName, "$${AWS::AccountId}", data.aws_caller_identity.current.account_id)
      key    = values(asset.destinations)[0].objectKey
      source = "${var.assembly}/${asset.source.path}"
      zip    = asset.source.packaging == "zip"
    }
  }
  template = one([for asset in local.assets : asset if endswith(asset.source, ".template.json")])
}

data "archive_file" "zip" {
  for_each    = { for hash, asset in local.assets : hash => asset if asset.zip }
  type        = "zip"
  source_dir  = each.value.source
  output_path = "${path.root}/.terraform/assets/${each.key}.zip"
}

resource "aws_s3_object" "asset" {
  for_each = local.assets
  bucket   = each.value.bucket
  key      = each.value.key
  source   = each.value.zip ? data.archive_file.zip[each.key].output_path : each.value.source
}

resource "aws_cloudformation_stack" "this" {
  name         = var.name
  template_url = "https://${local.template.bucket}.s3.amazonaws.com/${local.template.key}"
  capabilities = ["CAPABILITY_NAMED_IAM"]

  depends_on = [aws_s3_object.asset]
}
