declare module '@vercel/ncc' {
  interface Bundle {
    code: string;
    assets: Record<string, { source: string | Buffer; permissions: number }>;
  }
  export default function ncc(entry: string, options: Record<string, unknown>): Promise<Bundle>;
}
