/** Parses a query flag as upstream does: absent, `0` and `false` mean false. Source: Convert_Slice_string_To_bool of k8s.io/apimachinery. */
export const isSet = (value: string | null): boolean => value !== null && value !== '0' && value.toLowerCase() !== 'false'
