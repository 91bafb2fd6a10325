//! Gzip (RFC 1952) as far as it is needed to unpack anvil's states: one member, its length bounded before memory is taken.

use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

use super::{
    MAX_UNPACKED,
    error::{ReadError, ReadErrorKind},
};

/// How gzip begins.
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Unpacks.
pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<u8>, ReadError> {
    let broken = |what| ReadError::whole(ReadErrorKind::Packed(what));
    let (Some([0x1f, 0x8b, 8, flags]), Some(mut rest)) = (bytes.first_chunk::<4>(), bytes.get(10..)) else {
        return Err(broken("it does not begin as gzip does"));
    };
    let short = || broken("its header is cut off");
    if flags & 4 != 0 {
        let length = rest.first_chunk::<2>().ok_or_else(short)?;
        rest = rest.get(2 + usize::from(u16::from_le_bytes(*length))..).ok_or_else(short)?;
    }
    // The file's name, and a comment.
    for flag in [8, 16] {
        if flags & flag != 0 {
            let end = rest.iter().position(|byte| *byte == 0).ok_or_else(short)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & 2 != 0 {
        rest = rest.get(2..).ok_or_else(short)?;
    }
    let (body, trailer) = rest.split_last_chunk::<8>().ok_or_else(short)?;
    let unpacked = decompress_to_vec_with_limit(body, MAX_UNPACKED).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => ReadError::whole(ReadErrorKind::Bomb),
        _ => broken("its content is damaged or cut off"),
    })?;
    let [a, b, c, d, e, f, g, h] = *trailer;
    if u32::from_le_bytes([a, b, c, d]) != crc32(&unpacked) || u32::from_le_bytes([e, f, g, h]) != unpacked.len() as u32
    {
        return Err(broken("its checksum is wrong"));
    }
    Ok(unpacked)
}

/// The checksum of RFC 1952, section 8.
fn crc32(bytes: &[u8]) -> u32 {
    let mut table = [0u32; 256];
    for (index, entry) in (0..).zip(&mut table) {
        *entry = (0..8).fold(index, |value, _| if value & 1 == 1 { value >> 1 ^ 0xedb8_8320 } else { value >> 1 });
    }
    !bytes.iter().fold(!0, |crc, byte| crc >> 8 ^ table[(crc as u8 ^ byte) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_known_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
