# Deploys what `npm run synth` wrote, for teams whose deployments must go through Terraform. The templates stay
# CDK's: nothing of the infrastructure is said a second time here. One module call a layer, in deploy order,
# since a layer imports what the layers before it export.

terraform {
  required_version = ">= 1.6"
  required_providers {
    archive = {
      source  = "hashicorp/archive"
      version = "~> 2.4"
    }
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.40, < 7.0"
    }
  }
}

provider "aws" {
  region = var.region
}

provider "aws" {
  alias  = "global"
  region = "us-east-1"
}

provider "aws" {
  alias  = "dr"
  region = var.dr_region
}

locals {
  prefix = "${var.product}-${var.environment}"
}

module "dr" {
  source    = "./stack"
  count     = var.dr_region == "" ? 0 : 1
  assembly  = var.assembly
  name      = "${local.prefix}-dr"
  providers = { aws = aws.dr }
}

module "global" {
  source    = "./stack"
  assembly  = var.assembly
  name      = "${local.prefix}-global"
  providers = { aws = aws.global }
}

module "network" {
  source   = "./stack"
  assembly = var.assembly
  name     = "${local.prefix}-network"
}

module "data" {
  source     = "./stack"
  assembly   = var.assembly
  name       = "${local.prefix}-data"
  depends_on = [module.network, module.dr]
}

module "cache" {
  source     = "./stack"
  assembly   = var.assembly
  name       = "${local.prefix}-cache"
  depends_on = [module.network]
}

module "platform" {
  source     = "./stack"
  assembly   = var.assembly
  name       = "${local.prefix}-platform"
  depends_on = [module.data]
}

module "services" {
  source     = "./stack"
  assembly   = var.assembly
  name       = "${local.prefix}-services"
  depends_on = [module.platform, module.cache]
}

module "edge" {
  source     = "./stack"
  assembly   = var.assembly
  name       = "${local.prefix}-edge"
  depends_on = [module.platform, module.global]
}

module "ops" {
  source     = "./stack"
  assembly   = var.assembly
  name       = "${local.prefix}-ops"
  depends_on = [module.platform]
}
