<?php
/** Tells results from errors. */
class PEAR
{
    public static function isError($data)
    {
        return $data instanceof PEAR_Error;
    }
}
