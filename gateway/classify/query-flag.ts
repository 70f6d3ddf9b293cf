/** A flag of the query as upstream converts it: only absence, `0` and `false` are no. Convert_Slice_string_To_bool of k8s.io/apimachinery. */
export const isSet = (value: string | null): boolean => value !== null && value !== '0' && value.toLowerCase() !== 'false'
