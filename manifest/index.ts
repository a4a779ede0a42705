export { ManifestError, type ManifestFault } from './fault.ts';
export { loadManifest, parseManifest } from './load.ts';
export {
  type EnvironmentManifest,
  FARGATE_SIZES,
  type Manifest,
  manifestSchema,
  type ServiceManifest,
} from './manifest.ts';
export {
  type EnvironmentNames,
  environmentNames,
  type ProductNames,
  productNames,
  type ServiceNames,
  serviceNames,
} from './names.ts';
