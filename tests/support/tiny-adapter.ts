import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const NAME = 'base_model.model.model.layers.0.self_attn.q_proj'
const HIDDEN = 128
const RANK = 1

/** An adapter of the tiny world's base that adds `size` to each element of one matrix; 0 changes nothing. */
export function tinyAdapter(folder: string, size: number): string {
  const settings = { peft_type: 'LORA', base_model_name_or_path: 'tiny-world', r: RANK, lora_alpha: RANK }
  const bytes = HIDDEN * RANK * 4
  const tensor = (shape: number[], start: number) => ({ dtype: 'F32', shape, data_offsets: [start, start + bytes] })
  const header = Buffer.from(
    JSON.stringify({
      [`${NAME}.lora_A.weight`]: tensor([RANK, HIDDEN], 0),
      [`${NAME}.lora_B.weight`]: tensor([HIDDEN, RANK], bytes),
    }),
  )
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  const values = Buffer.from(new Float32Array(HIDDEN).fill(size).buffer)
  const ones = Buffer.from(new Float32Array(HIDDEN).fill(1).buffer)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify({ ...settings, target_modules: ['q_proj'] }))
  writeFileSync(join(folder, 'adapter_model.safetensors'), Buffer.concat([length, header, ones, values]))
  return folder
}
