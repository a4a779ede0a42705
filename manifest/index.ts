export { ManifestError } from './fault.ts';
export { loadManifest, parseManifest } from './load.ts';
export { FARGATE_SIZES, type Manifest, type ServiceManifest } from './manifest.ts';
export {
  type EnvironmentNames,
  environmentNames,
  type ProductNames,
  productNames,
  type ServiceNames,
  serviceNames,
} from './names.ts';
