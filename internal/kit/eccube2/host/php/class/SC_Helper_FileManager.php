<?php
/** Folders. */
class SC_Helper_FileManager
{
    public static function deleteFile($path, $del_myself = true)
    {
        if (!is_dir($path)) {
            return is_file($path) && unlink($path);
        }
        foreach (array_diff(scandir($path), array('.', '..')) as $name) {
            self::deleteFile(rtrim($path, '/') . '/' . $name);
        }

        return !$del_myself || rmdir($path);
    }
}
