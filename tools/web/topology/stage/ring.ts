import type { FragmentLayer } from "sigma/rendering";

/** A ring inside a shape's border, on top of its fill: attributes `ringColor`, and `ringSize` as a part of the radius. */
export function layerRing(): FragmentLayer {
  const { UNSIGNED_BYTE, FLOAT } = WebGL2RenderingContext;
  return {
    name: "ring",
    uniforms: [],
    attributes: [
      { name: "ringColor", size: 4, type: UNSIGNED_BYTE, normalized: true, source: "ringColor" },
      { name: "ringSize", size: 1, type: FLOAT, source: "ringSize" },
    ],
    glsl: `
vec4 layer_ring(vec4 v_ringColor, float v_ringSize) {
  float edge = -v_ringSize * context.shapeSize * context.inradiusFactor;
  float inside = smoothstep(edge - context.aaWidth, edge + context.aaWidth, context.sdf);
  return vec4(v_ringColor.rgb, v_ringSize > 0.0 ? v_ringColor.a * inside : 0.0);
}
`,
  };
}
